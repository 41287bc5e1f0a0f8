"""Who may read and change what people make for the user interface: shortcuts, bloks, assets."""

from __future__ import annotations

from chassis.identity import Principal
from chassis.permissions import BUILTIN_ROLES, has_role, rule


@rule("catalog.read")
def can_read_catalog(principal: Principal, resource: object) -> bool:
    """Anyone with a role may look."""
    return has_role(principal, *BUILTIN_ROLES)


@rule("catalog.write")
def can_write_catalog(principal: Principal, resource: object) -> bool:
    """Everybody who works with apps may make things; viewers only look."""
    return has_role(principal, "admin", "editor", "user", "bot")
