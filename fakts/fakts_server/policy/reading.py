"""Who may read: every member with a role; what they see is cut by their organization."""

from __future__ import annotations

from chassis.identity.principal import Principal
from chassis.permissions import BUILTIN_ROLES, has_role, rule


def _has_any_role(principal: Principal) -> bool:
    return has_role(principal, *BUILTIN_ROLES)


@rule("person.read")
def can_read_person(principal: Principal, resource: object) -> bool:
    """Members may see who else is in their organization."""
    return _has_any_role(principal)


@rule("app.read")
def can_read_app(principal: Principal, resource: object) -> bool:
    """Members may see which apps work in their organization, and for whom."""
    return _has_any_role(principal)


@rule("service.read")
def can_read_service(principal: Principal, resource: object) -> bool:
    """Members may see what apps can be wired to."""
    return _has_any_role(principal)
