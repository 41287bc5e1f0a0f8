"""Who may offer actions and handle agents."""

from __future__ import annotations

from chassis.identity import Principal
from chassis.permissions import has_role, rule


@rule("agent.register")
def can_register_agent(principal: Principal, resource: object) -> bool:
    """An app acts with the roles of its user; viewers run no agents."""
    return has_role(principal, "admin", "editor", "user", "bot", "deployer")


@rule("run_policy.write")
def can_write_run_policy(principal: Principal, resource: object) -> bool:
    """Limits and retention hold for everybody in the organization: admins only."""
    return has_role(principal, "admin")


@rule("agent.admin")
def can_administer_agents(principal: Principal, resource: object) -> bool:
    """Blocking, draining and the like change what others can run: admins only."""
    return has_role(principal, "admin")
