"""Who may do what in the store. What is seen at all is cut by the organization."""

from __future__ import annotations

from typing import Any

from chassis.identity.principal import Principal
from chassis.permissions import BUILTIN_ROLES, has_role, rule

#: Who brings software in.
IMPORTERS = ("admin", "editor", "deployer")
#: Whom a container may act as, so who may let one do so.
APPROVERS = ("admin", "editor", "user", "deployer")
#: Who runs containers.
RUNNERS = ("admin", "deployer")


@rule("store.read")
def can_read_store(principal: Principal, resource: object) -> bool:
    """Anyone with a role may browse what there is and see what runs."""
    return has_role(principal, *BUILTIN_ROLES)


@rule("store.import")
def can_import_store(principal: Principal, resource: object) -> bool:
    """Adding a source or an image brings software in; nothing of it runs without an approval."""
    return has_role(principal, *IMPORTERS)


@rule("store.manage")
def can_manage_store(principal: Principal, resource: object) -> bool:
    """Parameters and secrets of apps are for admins, and so is what overrides a rule."""
    return has_role(principal, "admin")


@rule("approval.create")
def can_create_approval(principal: Principal, resource: object) -> bool:
    """A container acts as its approver, so whoever works here may approve for themselves."""
    return has_role(principal, *APPROVERS)


@rule("approval.revoke")
def can_revoke_approval(principal: Principal, resource: Any) -> bool:
    """The approver may take it back, and an admin anybody's."""
    if has_role(principal, "admin"):
        return True
    return has_role(principal, *APPROVERS) and bool(resource.approver_id == principal.subject)


@rule("backend.run")
def can_run_backend(principal: Principal, resource: object) -> bool:
    """Declaring a backend and its resources, deploying and reporting pods is for deployers."""
    return has_role(principal, *RUNNERS)


@rule("backend.report")
def can_report_backend(principal: Principal, resource: Any) -> bool:
    """What happens on a backend is told by that backend alone: its client and its user."""
    return (
        has_role(principal, *RUNNERS)
        and resource.client_id == principal.client
        and resource.user_id == principal.subject
    )


@rule("backend.remove")
def can_remove_backend(principal: Principal, resource: Any) -> bool:
    """Pods and backends are removed by their backend, or by an admin."""
    return has_role(principal, "admin") or can_report_backend(principal, resource)
