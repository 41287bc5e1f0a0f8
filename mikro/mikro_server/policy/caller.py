"""What callers may learn about themselves."""

from __future__ import annotations

from chassis.identity.principal import Principal
from chassis.permissions import BUILTIN_ROLES, has_role, rule


@rule("caller.read")
def can_read_caller(principal: Principal, resource: object) -> bool:
    """Every member of an organization may; a token without a role is not a member's."""
    return has_role(principal, *BUILTIN_ROLES)
