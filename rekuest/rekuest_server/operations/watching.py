"""Live lists for people: what changes in an organization, read from the rows once in a while.

Callers follow their own tasks by the feed, which is exact and fast. These lists are for looking:
they lag by up to a second, cost a short read each, and carry on over restarts of other processes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import msgspec
from psycopg.rows import TupleRow

from chassis.errors import NotFound
from chassis.identity import Principal
from chassis.permissions import authorize
from rekuest_server.adapters import statements
from rekuest_server.adapters.store import StoredEvent
from rekuest_server.operations.broker import Broker, current_broker
from rekuest_server.operations.dispatch import created_item, stored_item
from rekuest_server.operations.feed_queue import FeedItem
from rekuest_server.selectors.scope import RULES as _rules  # noqa: F401  # registers the rules
from rekuest_server.selectors.scope import row_id

PAUSE_SECONDS = 1.0
#: Ids are given before the commit, so an event can turn up behind later ones; look back this far.
_LOOK_BACK = 500
_MOST = 1000

_LAST: LiteralString = "SELECT coalesce(max(id), 0) FROM rekuest_taskevent"
_EVENTS: LiteralString = """
SELECT e.id, e.task_id, e.kind, e.message, e.progress, e.returns::text, e.value::text, e.level,
  e.reference, e.created_at
FROM rekuest_taskevent e JOIN rekuest_task t ON t.id = e.task_id
WHERE e.id > %(after)s AND e.id <> ALL(%(seen)s) AND t.organization_id = %(organization)s
  AND (%(agent)s::bigint IS NULL OR t.agent_id = %(agent)s)
  AND (%(action)s::bigint IS NULL OR t.action_id = %(action)s)
  AND (%(root)s::bigint IS NULL OR coalesce(t.root_id, t.id) = %(root)s)
ORDER BY e.id LIMIT %(most)s
"""
_AGENTS: LiteralString = """
SELECT id, coalesce(given_name, name), connected AND lease_expires_at > clock_timestamp(), blocked,
  draining, pinned, last_seen_at, retired_at IS NOT NULL
FROM rekuest_agent WHERE organization_id = %(organization)s
"""
_SESSION: LiteralString = """
SELECT j.id, j.session_id, j.states_rev,
  (SELECT coalesce(jsonb_object_agg(s.interface, s.value), '{}')::text FROM rekuest_state s
   WHERE s.agent_id = g.id AND s.retired_at IS NULL)
FROM rekuest_agent g
LEFT JOIN rekuest_journalsession j ON j.agent_id = g.id AND j.session_id = g.session_id
WHERE g.id = %(agent)s AND g.organization_id = %(organization)s
"""
_PATCHES: LiteralString = """
SELECT state_id, interface, op, path, value::text, global_rev, timestamp FROM rekuest_patch
WHERE session_id = %(session)s AND global_rev > %(after)s ORDER BY global_rev, id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWatch:
    """Which tasks are looked at; what is None does not matter."""

    agent: int | None = None
    action: int | None = None
    root: int | None = None


@dataclass(frozen=True, slots=True)
class AgentSeen:
    """An agent as the list shows it."""

    id: int
    name: str
    connected: bool
    blocked: bool
    draining: bool
    pinned: bool
    last_seen: datetime | None
    is_retired: bool


@dataclass(frozen=True, slots=True)
class StatesSeen:
    """All states of an agent at a revision of a session."""

    agent_id: int
    session_id: str | None
    revision: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PatchSeen:
    """One change of a state."""

    agent_id: int
    session_id: str
    state_id: int | None
    interface: str
    op: str
    path: str
    value: Any
    revision: int
    timestamp: datetime


async def watch_tasks(
    *, principal: Principal, watch: TaskWatch | None = None, after: int | None = None
) -> AsyncIterator[FeedItem]:
    """Yield what happens to the tasks of the organization; a new task comes before its event.

    It starts now, or behind the event `after`, so that a reader can carry on after a break.
    """
    authorize(principal, "task.read")
    broker = current_broker()
    organization = (await broker.identities.of(principal)).organization_id
    wanted = watch or TaskWatch()
    if after is None:
        after = int((await broker.store.fetch(_LAST, {}))[0][0])
    seen: list[int] = []
    while True:
        last = int((await broker.store.fetch(_LAST, {}))[0][0])
        parameters = {
            "after": after,
            "seen": seen,
            "organization": organization,
            "agent": wanted.agent,
            "action": wanted.action,
            "root": wanted.root,
            "most": _MOST,
        }
        rows = await broker.store.fetch(_EVENTS, parameters)
        for item in await _items(broker, [StoredEvent(*row) for row in rows]):
            yield item
        seen += [row[0] for row in rows]
        if len(rows) < _MOST:
            after = max(after, last - _LOOK_BACK)
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            after = max(after, seen[-1] - _LOOK_BACK)
        seen = [number for number in seen if number > after]


async def _items(broker: Broker, events: Sequence[StoredEvent]) -> list[FeedItem]:
    new = [event.task_id for event in events if event.kind in ("QUEUED", "HELD")]
    tasks = {}
    if new:
        found = await broker.store.tasks(statements.TASKS_BY_ID, {"ids": new})
        tasks = {task.id: task for task in found}
    items: list[FeedItem] = []
    for event in events:
        task = tasks.pop(event.task_id, None)
        if task is not None and not task.state.picked_up:
            items.append(created_item(task, event.created_at))
        items.append(stored_item(event))
    return items


async def watch_agents(*, principal: Principal) -> AsyncIterator[AgentSeen]:
    """Yield every agent of the organization as it is, then each that changes."""
    authorize(principal, "agent.read")
    broker = current_broker()
    organization = (await broker.identities.of(principal)).organization_id
    known: dict[int, tuple[Any, ...]] = {}
    while True:
        for row in await broker.store.fetch(_AGENTS, {"organization": organization}):
            # `last_seen_at` moves with every renewal of the lease; that alone is no news.
            state = (*row[1:6], row[7])
            if known.get(row[0]) != state and not (row[7] and row[0] not in known):
                yield AgentSeen(*row)
            known[row[0]] = state
        await asyncio.sleep(PAUSE_SECONDS)


async def watch_states(
    *, principal: Principal, agent: object
) -> AsyncIterator[StatesSeen | PatchSeen]:
    """Yield the states of an agent, then each change; all states again when its process is new."""
    authorize(principal, "state.read")
    broker = current_broker()
    organization = (await broker.identities.of(principal)).organization_id
    key = row_id(agent)
    session: int | None = None
    revision = -1
    is_first = True
    while True:
        rows = await broker.store.fetch(_SESSION, {"agent": key, "organization": organization})
        if not rows:
            raise NotFound()
        now = rows[0]
        if is_first or now[0] != session:
            is_first, session, revision = False, now[0], now[2] or 0
            yield StatesSeen(key, now[1], revision, msgspec.json.decode(now[3]))
        elif session is not None and now[2] > revision:
            parameters = {"session": session, "after": revision, "most": _MOST}
            for row in await broker.store.fetch(_PATCHES, parameters):
                yield _patch(key, now[1], row)
                revision = row[5]
            continue
        await asyncio.sleep(PAUSE_SECONDS)


def _patch(agent: int, session: str, row: TupleRow) -> PatchSeen:
    value = None if row[4] is None else msgspec.json.decode(row[4])
    return PatchSeen(agent, session, row[0], row[1], row[2], row[3], value, row[5], row[6])
