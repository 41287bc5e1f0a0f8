"""The states of an agent as they were at a revision, and the patches around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max

from chassis.errors import InvalidInput, NotFound
from chassis.identity import Principal
from rekuest_server.domain.json_patch import PatchFailed, apply_patch
from rekuest_server.models import Agent, JournalSession, Patch, State, Task
from rekuest_server.selectors.scope import row_id, visible

#: Most patches on either side that one call returns.
MOST_PATCHES = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """A patch, with the task that made it if that task may be seen."""

    patch: Patch
    task: Task | None


@dataclass(frozen=True, slots=True)
class Checkout:
    """The values by interface at a revision; patches are in the order they were made."""

    agent_id: int
    revision: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    forward: list[Change] = field(default_factory=list)
    backward: list[Change] = field(default_factory=list)


def agent_checkout(
    *,
    principal: Principal,
    agent_id: object,
    session_id: object = None,
    revision: int | None = None,
    timestamp: datetime | None = None,
    forward: int = 0,
    backward: int = 0,
) -> Checkout:
    """Return the states of an agent: now, at a moment, or at a revision of a session."""
    if not (0 <= forward <= MOST_PATCHES and 0 <= backward <= MOST_PATCHES):
        raise InvalidInput(f"Ask for 0 to {MOST_PATCHES} patches.", field="patchCount")
    agents = visible(principal, "state.read", Agent.objects.all())
    agent = agents.filter(pk=row_id(agent_id)).first()
    if agent is None:
        raise NotFound()
    session = _session(agent, session_id, timestamp)
    if session is None:
        return Checkout(agent_id=agent.pk)
    at = _revision(session, revision, timestamp)
    after = session.patches.filter(global_rev__gt=at).order_by("global_rev", "pk")
    before = session.patches.filter(global_rev__lte=at).order_by("-global_rev", "-pk")
    is_current = agent.session_id == session.session_id and at >= session.states_rev
    return Checkout(
        agent_id=agent.pk,
        revision=at,
        values=_current(agent) if is_current else _rebuilt(session, at),
        forward=_changes(principal, list(after[:forward]) if forward else []),
        backward=_changes(principal, list(before[:backward])[::-1] if backward else []),
    )


def _session(agent: Agent, session_id: object, timestamp: datetime | None) -> JournalSession | None:
    sessions = agent.sessions.order_by("-created_at", "-pk")
    if session_id is not None:
        found = sessions.filter(session_id=str(session_id)).first()
        if found is None:
            raise NotFound()
        return found
    return (sessions if timestamp is None else sessions.filter(created_at__lte=timestamp)).first()


def _revision(session: JournalSession, revision: int | None, timestamp: datetime | None) -> int:
    if revision is not None:
        return min(max(revision, 0), session.states_rev)
    if timestamp is None:
        return session.states_rev
    made = session.patches.filter(timestamp__lte=timestamp)
    return int(made.aggregate(latest=Max("global_rev"))["latest"] or 0)


def _current(agent: Agent) -> dict[str, Any]:
    states = State.objects.filter(agent=agent, retired_at=None)
    return dict(states.values_list("interface", "value"))


def _rebuilt(session: JournalSession, at: int) -> dict[str, Any]:
    """Take the nearest snapshot before the revision and the patches after it."""
    snapshot = session.snapshots.filter(global_rev__lte=at).order_by("-global_rev", "-pk").first()
    values: dict[str, Any] = dict(snapshot.states) if snapshot else {}
    since = snapshot.global_rev if snapshot else 0
    patches = session.patches.filter(global_rev__gt=since, global_rev__lte=at)
    for patch in patches.order_by("global_rev", "pk"):
        try:
            values[patch.interface] = apply_patch(
                values.get(patch.interface), patch.op, patch.path, patch.value
            )
        except PatchFailed:
            continue  # as when it was written: the next snapshot sets the value right
    return values


def _changes(principal: Principal, patches: list[Patch]) -> list[Change]:
    wanted = {patch.task_id for patch in patches if patch.task_id is not None}
    # An agent names the task itself, so it is looked for only among those that may be seen.
    tasks = Task.objects.filter(pk__in=wanted, organization__external_id=principal.organization)
    known = {task.pk: task for task in tasks.select_related("action")} if wanted else {}
    return [
        Change(patch, known.get(patch.task_id) if patch.task_id is not None else None)
        for patch in patches
    ]
