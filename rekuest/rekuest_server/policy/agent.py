"""Who may offer actions and handle agents."""

from __future__ import annotations

from chassis.identity import Principal
from chassis.permissions import has_role, rule


@rule("agent.register")
def can_register_agent(principal: Principal, resource: object) -> bool:
    """An app acts with the roles of its user; viewers run no agents."""
    return has_role(principal, "admin", "editor", "user", "bot", "deployer")
