"""Reads of agents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from chassis.errors import InvalidInput
from chassis.identity import Principal
from rekuest_server.models import Agent, DeadLetter, Implementation, State, Task
from rekuest_server.policy import agent as _rules  # noqa: F401  # registers the rules
from rekuest_server.selectors.scope import row_id, visible

#: What a port of an agent can ask of the agent.
SUPERVISOR = "@rekuest/supervisor"

#: The agents above a task, nearest first; the last is the agent of the app that started the run.
_CALLERS = """
WITH RECURSIVE above AS (
    SELECT id, parent_id, asked_by_id, caller_id, 0 AS distance
    FROM rekuest_task WHERE id = %s
    UNION ALL
    SELECT task.id, task.parent_id, task.asked_by_id, task.caller_id, above.distance + 1
    FROM rekuest_task task JOIN above ON task.id = above.parent_id
)
SELECT asked_by_id FROM above WHERE asked_by_id IS NOT NULL
UNION
SELECT agent.id FROM above
JOIN rekuest_caller caller ON caller.id = above.caller_id
JOIN rekuest_agent agent ON agent.client_id = caller.client_id
    AND agent.user_id = caller.user_id AND agent.organization_id = caller.organization_id
WHERE above.parent_id IS NULL
"""


def agents_visible_to(principal: Principal) -> QuerySet[Agent]:
    """Return the agents of the principal's organization."""
    return visible(principal, "agent.read", Agent.objects.filter(retired_at=None))


def dead_letters_visible_to(principal: Principal) -> QuerySet[DeadLetter]:
    """Return the frames of the organization's agents that were set aside, newest first."""
    rows = DeadLetter.objects.order_by("-pk")
    return visible(principal, "agent.admin", rows, path="agent__organization")


def agent_get(
    *,
    principal: Principal,
    agent_id: object = None,
    app: str | None = None,
    version: str | None = None,
    device_id: str | None = None,
) -> QuerySet[Agent]:
    """Return the agent of an id, or the one of an app (and its version and device)."""
    if agent_id is not None:
        rows = visible(principal, "agent.read", Agent.objects.all())
        return rows.filter(pk=row_id(agent_id))
    agents = agents_visible_to(principal)
    given = {
        "client__release__app__identifier": app,
        "client__release__version": version,
        "client__device__device_id": device_id,
    }
    wanted = {path: value for path, value in given.items() if value is not None}
    if not wanted:
        return agents.none()
    # The one seen last, where several devices run the same release.
    return agents.filter(**wanted).order_by("-connected", "-last_seen_at", "-pk")


def agents_above(task_id: object, *, prefix: str = "") -> Q:
    """Return the condition that an agent called the task, directly or further up."""
    own = Task.objects.filter(pk=row_id(task_id)).values("agent_id")
    above = Q(**{f"{prefix}pk__in": RawSQL(_CALLERS, [row_id(task_id)])})  # noqa: S611 - a constant
    return above & ~Q(**{f"{prefix}pk__in": own.exclude(agent__isnull=True)})


def agents_offering(condition: Q, prefix: str = "") -> Q:
    """Return the condition that an agent has an implementation of some kind."""
    agent = OuterRef(f"{prefix}pk")
    return Q(Exists(Implementation.objects.filter(condition, agent=agent, retired_at=None)))


def agents_publishing(condition: Q, prefix: str = "") -> Q:
    """Return the condition that an agent publishes a state of some kind."""
    agent = OuterRef(f"{prefix}pk")
    return Q(Exists(State.objects.filter(condition, agent=agent, retired_at=None)))


def agents_with(requirements: Iterable[Mapping[str, Any]], *, prefix: str = "") -> Q:
    """Return the condition that an agent meets requirements on its descriptors.

    An agent has one descriptor, its supervisor.
    """
    condition = Q()
    for requirement in requirements:
        if requirement["key"] != SUPERVISOR:
            raise InvalidInput(
                f"{SUPERVISOR} is the only descriptor of an agent.", field="requires"
            )
        condition &= _supervisor(requirement["operator"], requirement["value"], prefix)
    return condition


def _supervisor(operator: str, value: Any, prefix: str) -> Q:
    path = f"{prefix}supervisor"
    listed = value if isinstance(value, list) else [value]
    absent = Q(**{f"{path}__isnull": True})
    conditions = {
        "EQUALS": Q(**{path: value}),
        "NOT_EQUALS": absent | ~Q(**{path: value}),
        "IN": Q(**{f"{path}__in": listed}),
        "NOT_IN": absent | ~Q(**{f"{path}__in": listed}),
        "CONTAINS": Q(**{f"{path}__contains": str(value)}),
        "EXISTS": absent if value is False else ~absent,
    }
    if operator not in conditions:
        raise InvalidInput(f"{operator} does not apply to a name.", field="requires")
    return conditions[operator]
