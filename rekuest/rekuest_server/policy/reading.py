"""Who may read: every member with a role; what they see is cut by their organization."""

from __future__ import annotations

from chassis.identity import Principal
from chassis.permissions import BUILTIN_ROLES, has_role, rule


def _has_any_role(principal: Principal) -> bool:
    return has_role(principal, *BUILTIN_ROLES)


@rule("action.read")
def can_read_action(principal: Principal, resource: object) -> bool:
    """Anyone with a role may see what is offered."""
    return _has_any_role(principal)


@rule("agent.read")
def can_read_agent(principal: Principal, resource: object) -> bool:
    """Anyone with a role may see who offers it."""
    return _has_any_role(principal)


@rule("implementation.read")
def can_read_implementation(principal: Principal, resource: object) -> bool:
    """Anyone with a role may see the offers."""
    return _has_any_role(principal)


@rule("task.read")
def can_read_task(principal: Principal, resource: object) -> bool:
    """Anyone with a role may see what ran."""
    return _has_any_role(principal)


@rule("state.read")
def can_read_state(principal: Principal, resource: object) -> bool:
    """Anyone with a role may see the states of agents."""
    return _has_any_role(principal)
