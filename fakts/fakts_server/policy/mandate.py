"""Who may let apps log in without a person."""

from __future__ import annotations

from chassis.identity.principal import Principal
from chassis.permissions import BUILTIN_ROLES, has_role, rule
from fakts_server.models.mandate import Mandate


@rule("mandate.read")
def can_read_mandate(principal: Principal, resource: object) -> bool:
    """Members may ask; they see those that concern them, admins see all."""
    return has_role(principal, *BUILTIN_ROLES)


@rule("mandate.issue")
def can_issue_mandate(principal: Principal, resource: object) -> bool:
    """Whoever may work may let an app work for them; viewers may not."""
    return has_role(principal, "admin", "editor", "user", "bot", "deployer")


@rule("mandate.issue_child")
def can_issue_child_mandate(principal: Principal, resource: Mandate) -> bool:
    """Only the app a mandate names may issue keys under it, where and as whom it says."""
    device, user = resource.agent_device, resource.agent_user_id
    return (
        can_issue_mandate(principal, None)
        and bool(resource.agent_identifier)
        and principal.app == resource.agent_identifier
        and (device is None or principal.device == device.fingerprint)
        and (user is None or principal.subject == str(user))
    )


@rule("mandate.revoke")
def can_revoke_mandate(principal: Principal, resource: Mandate) -> bool:
    """Its grantor may withdraw a mandate, an admin, and for a key the agent that could issue it."""
    if has_role(principal, "admin"):
        return True
    if can_issue_mandate(principal, None) and str(resource.grantor.user_id) == principal.subject:
        return True
    return resource.parent is not None and can_issue_child_mandate(principal, resource.parent)
