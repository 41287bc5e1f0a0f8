"""Where a call can go: the implementations of an organization, held in memory."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

import msgspec

from rekuest_server.adapters.store import Store
from rekuest_server.domain.errors import AgentBlocked, NoTarget
from rekuest_server.domain.kinds import Execution
from rekuest_server.operations.hub import Hub

_SELECT: LiteralString = """
SELECT i.id, i.agent_id, i.interface, i.execution, i.effects, i.code_hash, i.needs_token,
  i.action_id, a.hash, g.blocked, g.draining,
  EXISTS (SELECT 1 FROM rekuest_dependency d WHERE d.implementation_id = i.id),
  i.runs_at, i.preset::text, a.allow_probe, a.kind = 'FUNCTION',
  g.connected AND g.lease_expires_at > clock_timestamp(),
  (SELECT count(*) FROM rekuest_task t WHERE t.agent_id = g.id AND NOT t.is_done)
FROM rekuest_implementation i
JOIN rekuest_action a ON a.id = i.action_id
JOIN rekuest_agent g ON g.id = i.agent_id
WHERE g.organization_id = %(organization)s AND i.retired_at IS NULL ORDER BY i.id
"""
#: A change made by another process is seen at the latest after this time.
_FRESH_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Route:
    """One implementation and what its ASSIGN needs."""

    implementation_id: int
    agent_id: int
    interface: str
    execution: Execution
    effects: str
    code_hash: str | None
    needs_token: bool
    action_id: int
    action_hash: str
    is_blocked: bool
    is_draining: bool
    has_dependencies: bool
    #: Where the agent runs it, and what is filled in: a wrapper's are those of what it wraps.
    runs_at: str
    preset: dict[str, Any] | None
    allows_probe: bool
    yields_once: bool
    #: As it was when the table was read, for agents that are connected to another process.
    was_live: bool
    was_busy: int


@dataclass(slots=True)
class _Table:
    read_at: float
    by_id: dict[int, Route] = field(default_factory=dict)
    by_action: dict[int, list[Route]] = field(default_factory=lambda: defaultdict(list))
    by_hash: dict[str, list[Route]] = field(default_factory=lambda: defaultdict(list))
    by_interface: dict[tuple[int, str], Route] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a caller names; the first that is set wins."""

    implementation: int | None = None
    agent: int | None = None
    interface: str | None = None
    action: int | None = None
    action_hash: str | None = None


class Routes:
    """The routing tables of the organizations that are in use."""

    def __init__(self, store: Store, hub: Hub) -> None:
        self._store = store
        self._hub = hub
        self._tables: dict[int, _Table] = {}

    def forget(self, organization_id: int) -> None:
        """Read the organization's implementations again at the next call."""
        self._tables.pop(organization_id, None)

    def forget_all(self) -> None:
        """Read all implementations again when they are needed."""
        self._tables.clear()

    async def choose(
        self, organization_id: int, target: Target, *, without: int | None = None
    ) -> Route:
        """Return the implementation to use, not at the agent `without`.

        Raises `NoTarget` if nothing is offered, `AgentBlocked` if only blocked agents offer it.
        """
        if without is not None:
            table = await self._table(organization_id)
            routes = table.by_action.get(target.action or 0, [])
            others = self._best([route for route in routes if route.agent_id != without])
            if others is None or others.is_blocked:
                raise NoTarget()
            return others
        table = await self._table(organization_id)
        route = _pick(table, target, self._best)
        if route is None:
            # It may have been declared a moment ago on another process.
            self.forget(organization_id)
            route = _pick(await self._table(organization_id), target, self._best)
        if route is None:
            raise NoTarget()
        if route.is_blocked:
            raise AgentBlocked()
        return route

    async def choose_of(self, organization_id: int, implementations: Sequence[int]) -> Route:
        """Return the best of some implementations; raises `NoTarget` if none is offered now."""
        table = await self._table(organization_id)
        found = [table.by_id[key] for key in implementations if key in table.by_id]
        route = self._best(found)
        if route is None:
            raise NoTarget("What the dependency was bound to is not offered any more.")
        if route.is_blocked:
            raise AgentBlocked()
        return route

    def _best(self, routes: list[Route]) -> Route | None:
        """The open agent with the least to do; among equals the oldest implementation.

        A disconnected agent is taken only if no connected one offers the action: the task waits.
        """
        return min(routes, key=self._rank) if routes else None

    def _rank(self, route: Route) -> tuple[bool, bool, bool, int, int]:
        hub = self._hub
        is_here = route.agent_id in hub.links
        return (
            route.is_blocked,
            route.is_draining,
            not (is_here or route.was_live),
            hub.load.get(route.agent_id, 0) if is_here else route.was_busy,
            route.implementation_id,
        )

    async def _table(self, organization_id: int) -> _Table:
        table = self._tables.get(organization_id)
        if table is not None and time.monotonic() - table.read_at < _FRESH_SECONDS:
            return table
        table = _Table(read_at=time.monotonic())
        rows = await self._store.fetch(_SELECT, {"organization": organization_id})
        for row in rows:
            route = Route(
                implementation_id=row[0],
                agent_id=row[1],
                interface=row[2],
                execution=Execution(row[3]),
                effects=row[4],
                code_hash=row[5],
                needs_token=row[6],
                action_id=row[7],
                action_hash=row[8],
                is_blocked=row[9],
                is_draining=row[10],
                has_dependencies=row[11],
                runs_at=row[12] or row[2],
                preset=None if row[13] is None else msgspec.json.decode(row[13]),
                allows_probe=row[14],
                yields_once=row[15],
                was_live=row[16],
                was_busy=row[17],
            )
            table.by_id[route.implementation_id] = route
            table.by_action[route.action_id].append(route)
            table.by_hash[route.action_hash].append(route)
            table.by_interface[(route.agent_id, route.interface)] = route
        self._tables[organization_id] = table
        return table


def _pick(
    table: _Table, target: Target, best: Callable[[list[Route]], Route | None]
) -> Route | None:
    if target.implementation is not None:
        return table.by_id.get(target.implementation)
    if target.agent is not None and target.interface is not None:
        return table.by_interface.get((target.agent, target.interface))
    if target.action is not None:
        return best(table.by_action.get(target.action, []))
    if target.action_hash is not None:
        return best(table.by_hash.get(target.action_hash, []))
    raise NoTarget("Name an implementation, an agent and its interface, or an action.")
