"""Who may start, watch and control tasks."""

from __future__ import annotations

from chassis.identity import Principal
from chassis.permissions import has_role, rule

_WORKERS = ("admin", "editor", "user", "bot")


@rule("task.assign")
def can_assign_task(principal: Principal, resource: object) -> bool:
    """Everybody who works with apps may start tasks; viewers only look."""
    return has_role(principal, *_WORKERS)


@rule("task.watch")
def can_watch_task(principal: Principal, resource: object) -> bool:
    """Every member may follow the tasks started by the same client."""
    return True


@rule("task.control")
def can_control_task(principal: Principal, resource: object) -> bool:
    """The caller controls its own tasks (`resource` is true then), an admin all of them."""
    return has_role(principal, "admin") or (bool(resource) and has_role(principal, *_WORKERS))


@rule("task.decide")
def can_decide_task(principal: Principal, resource: object) -> bool:
    """Only the person a run is for decides about its steps (`resource` is true then)."""
    return bool(resource) and has_role(principal, *_WORKERS)
