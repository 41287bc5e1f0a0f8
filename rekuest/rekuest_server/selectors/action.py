"""Reads of actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from chassis.identity import Principal
from rekuest_server.models import Action, Implementation, Task
from rekuest_server.selectors.liveness import available_agents
from rekuest_server.selectors.scope import row_id, visible


def actions_visible_to(principal: Principal) -> QuerySet[Action]:
    """Return the actions of the principal's organization, by name."""
    return visible(principal, "action.read", Action.objects.order_by("name", "pk"))


def action_get(
    *,
    principal: Principal,
    action_id: object = None,
    task: object = None,
    implementation: object = None,
    agent: object = None,
    interface: str | None = None,
    hash: str | None = None,
    matching: Q | None = None,
) -> QuerySet[Action]:
    """Return the one action that the first given key names."""
    actions = actions_visible_to(principal)
    if action_id is not None:
        return actions.filter(pk=row_id(action_id))
    if implementation is not None:
        return actions.filter(implementations=row_id(implementation))
    if task is not None:
        return actions.filter(tasks=row_id(task))
    if agent is not None and interface is not None:
        return actions.filter(
            implementations__agent=row_id(agent),
            implementations__interface=interface,
            implementations__retired_at=None,
        )
    if hash is not None:
        return actions.filter(hash=hash)
    if matching is not None:
        return actions.filter(matching).order_by("-defined_at", "-pk")
    return actions.none()


def live_implementations() -> QuerySet[Implementation]:
    """Return the implementations an agent can run now; for use in subqueries."""
    return Implementation.objects.filter(available_agents("agent__"), retired_at=None)


def actions_assignable(prefix: str = "", *, value: bool = True) -> Q:
    """Return the condition that an agent can take an action now, or that none can."""
    live = Q(Exists(live_implementations().filter(action=OuterRef(f"{prefix}pk"))))
    return live if value else ~live


def assignable_rows(outer: str) -> Exists:
    """Return whether an agent can take the action that a row names at `outer`."""
    return Exists(live_implementations().filter(action=OuterRef(outer)))


def actions_used(condition: Q, prefix: str = "") -> Q:
    """Return the condition that a task of some kind has called an action."""
    return Q(Exists(Task.objects.filter(condition, action=OuterRef(f"{prefix}pk"))))


def live_agents(action: Action) -> int:
    """Return how many agents can take the action now."""
    return live_implementations().filter(action=action).values("agent").distinct().count()


def tested_actions(action: Action) -> QuerySet[Action]:
    """Return the actions that the given one declares to be a test for."""
    targets: Sequence[dict[str, Any]] = action.definition.get("is_test_for") or ()
    condition = Q(pk__in=[])
    for target in targets:
        condition |= _target(target)
    return Action.objects.filter(condition, organization_id=action.organization_id)


def _target(target: dict[str, Any]) -> Q:
    given = {
        "hash": target.get("hash"),
        "app__identifier": target.get("app"),
        "key": target.get("key"),
        "version": target.get("version"),
    }
    wanted = {path: value for path, value in given.items() if value}
    return Q(**wanted) if wanted else Q(pk__in=[])
