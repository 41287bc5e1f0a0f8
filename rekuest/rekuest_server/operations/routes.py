"""Where a call can go: the implementations of an organization, held in memory."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import LiteralString

from rekuest_server.adapters.store import Store
from rekuest_server.domain.errors import NoTarget
from rekuest_server.domain.kinds import Execution
from rekuest_server.operations.hub import Hub

_SELECT: LiteralString = """
SELECT i.id, i.agent_id, i.interface, i.execution, i.effects, i.code_hash, i.needs_token,
  i.action_id, a.hash, g.blocked OR g.draining,
  EXISTS (SELECT 1 FROM rekuest_dependency d WHERE d.implementation_id = i.id)
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
    is_closed: bool
    has_dependencies: bool


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

    async def choose(self, organization_id: int, target: Target) -> Route:
        """Return the implementation to use; raises `NoTarget` if nothing is offered."""
        table = await self._table(organization_id)
        route = _pick(table, target, self._best)
        if route is None:
            # It may have been declared a moment ago on another process.
            self.forget(organization_id)
            route = _pick(await self._table(organization_id), target, self._best)
        if route is None:
            raise NoTarget()
        return route

    async def choose_of(self, organization_id: int, implementations: Sequence[int]) -> Route:
        """Return the best of some implementations; raises `NoTarget` if none is offered now."""
        table = await self._table(organization_id)
        found = [table.by_id[key] for key in implementations if key in table.by_id]
        route = self._best(found)
        if route is None:
            raise NoTarget("What the dependency was bound to is not offered any more.")
        return route

    def _best(self, routes: list[Route]) -> Route | None:
        """The open agent with the least to do; among equals the oldest implementation.

        A disconnected agent is taken only if no connected one offers the action: the task waits.
        """
        if not routes:
            return None
        hub = self._hub
        return min(
            routes,
            key=lambda route: (
                route.is_closed,
                route.agent_id not in hub.links,
                hub.load.get(route.agent_id, 0),
                route.implementation_id,
            ),
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
                is_closed=row[9],
                has_dependencies=row[10],
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
