"""Who may do what with imaging data. What is seen at all is cut by the organization."""

from __future__ import annotations

from typing import Any

from chassis.identity.principal import Principal
from chassis.permissions import BUILTIN_ROLES, has_role, rule

WRITERS = ("admin", "editor", "user", "bot")


@rule("imaging.read")
def can_read_imaging(principal: Principal, resource: object) -> bool:
    """Anyone with a role may see what the organization has."""
    return has_role(principal, *BUILTIN_ROLES)


@rule("imaging.write")
def can_write_imaging(principal: Principal, resource: object) -> bool:
    """Whoever works with data may add to it and change it; a viewer may not."""
    return has_role(principal, *WRITERS)


@rule("imaging.delete")
def can_delete_imaging(principal: Principal, resource: Any) -> bool:
    """A writer may take away what they made, an admin anything."""
    if has_role(principal, "admin"):
        return True
    return has_role(principal, *WRITERS) and resource.creator_id == principal.subject


@rule("storage.manage")
def can_manage_storage(principal: Principal, resource: object) -> bool:
    """Only an admin sees what everybody keeps."""
    return has_role(principal, "admin")
