"""Binding what an implementation depends on: which agents could serve it, and what is missing.

A pure read: the same function answers the dry run, stores a resolution and wires a task. Bindings
are `{key: [{"agent", "actions": {slot: implementation}}]}`, as they are stored on tasks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from chassis.definitions.demand import action_demand, state_demand
from rekuest_server.models import Dependency, Implementation, State, Task
from rekuest_server.selectors import liveness
from rekuest_server.selectors.scope import row_ids

Bindings = dict[str, list[dict[str, Any]]]
Wish = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bound:
    """A dependency with the agents found for it; `unmet` says what is missing."""

    dependency: Dependency
    agents: list[dict[str, Any]]
    unmet: str | None = None


def dependencies_resolve(
    *, organization_id: int, implementation_id: int, wishes: Sequence[Wish] = ()
) -> list[Bound]:
    """Find agents for every dependency of an implementation.

    A dependency is bound to the agents a wish names, or, if it is declared so or the wish says so,
    to agents that offer what it demands: connected ones first, of those the least busy, then the
    oldest.
    """
    wished = {str(wish["key"]): wish for wish in wishes}
    found: list[Bound] = []
    taken: dict[str, set[str]] = {}
    for dependency in Dependency.objects.filter(implementation_id=implementation_id).order_by("pk"):
        excluded = _excluded(dependency, taken)
        bound = _bound(organization_id, dependency, wished.get(dependency.key, {}), excluded)
        taken[dependency.key] = {agent["agent"] for agent in bound.agents}
        found.append(bound)
    return found


def bindings_of_bound(found: Sequence[Bound]) -> Bindings:
    """Return what is stored of dependencies that are all met."""
    return {item.dependency.key: item.agents for item in found}


def _excluded(dependency: Dependency, taken: Mapping[str, set[str]]) -> set[str]:
    keys = dependency.declaration.get("mutually_exclusive_keys") or ()
    return set().union(*(taken.get(key, set()) for key in keys))


def _bound(organization_id: int, dependency: Dependency, wish: Wish, excluded: set[str]) -> Bound:
    named = [str(item["agent"]) for item in wish.get("mapped_agents") or ()]
    is_auto = dependency.auto_resolvable or bool(wish.get("auto_resolve"))
    agents: list[dict[str, Any]] = []
    if named or is_auto:
        agents = _candidates(organization_id, dependency, named)
        agents = [agent for agent in agents if agent["agent"] not in excluded]
    least = dependency.min_viable_instances
    needed = (0 if dependency.optional else 1) if least is None else least
    unmet = None
    if len(agents) < needed:
        unmet = _missing(dependency, len(agents), needed, is_auto or bool(named))
    most = dependency.max_viable_instances
    preferred = dependency.declaration.get("prefered_instances")
    if not named and preferred is not None:
        wanted = max(needed, preferred)
        most = wanted if most is None else min(most, wanted)
    return Bound(dependency, agents if most is None else agents[:most], unmet)


def _missing(dependency: Dependency, found: int, needed: int, was_looked_for: bool) -> str:
    text = f"The dependency {dependency.key!r} needs {needed} agent(s) and {found} can serve it."
    if not was_looked_for:
        text += " It is not bound by itself: name the agents, or ask for autoResolve."
    return text


def _candidates(
    organization_id: int, dependency: Dependency, named: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the agents that offer everything the dependency cannot do without."""
    able: set[int] | None = None
    offers: dict[int, dict[str, str]] = defaultdict(dict)
    condition = _agents(organization_id, dependency, named)
    for slot in dependency.declaration.get("action_dependencies") or ():
        rows = Implementation.objects.filter(condition, retired_at=None)
        rows = rows.filter(action_demand(slot.get("demand") or {}, prefix="action__"))
        able = _narrow(able, slot, _offering(rows, slot, offers))
    for slot in dependency.declaration.get("state_dependencies") or ():
        states = State.objects.filter(condition, retired_at=None)
        states = states.filter(state_demand(slot.get("demand") or {}))
        able = _narrow(able, slot, set(_active(states, slot).values_list("agent_id", flat=True)))
    if able is None:  # nothing is required: whoever offers a slot will do
        able = set(offers)
    return [{"agent": str(agent), "actions": offers[agent]} for agent in _in_order(able)]


def _offering(rows: Any, slot: Mapping[str, Any], offers: dict[int, dict[str, str]]) -> set[int]:
    agents = set()
    for key, agent in _active(rows, slot).order_by("pk").values_list("pk", "agent_id"):
        offers[agent].setdefault(slot["key"], str(key))
        agents.add(agent)
    return agents


def _active(rows: Any, slot: Mapping[str, Any]) -> Any:
    """Leave out agents that are away, where the slot wants one that is there."""
    return (
        rows
        if slot.get("allow_inactive", True)
        else rows.filter(liveness.available_agents("agent__"))
    )


def _narrow(able: set[int] | None, slot: Mapping[str, Any], agents: set[int]) -> set[int] | None:
    if slot.get("optional"):
        return able
    return agents if able is None else able & agents


def _in_order(agents: set[int]) -> list[int]:
    """Sort agents: those that are there first, then by what they have to do, then by age."""
    loads = Task.objects.filter(agent_id__in=agents, is_done=False).values_list("agent_id")
    busy = dict(loads.annotate(Count("pk")))
    live = set(
        Implementation.objects.filter(
            liveness.available_agents("agent__"), agent_id__in=agents
        ).values_list("agent_id", flat=True)
    )
    return sorted(agents, key=lambda agent: (agent not in live, busy.get(agent, 0), agent))


def _agents(organization_id: int, dependency: Dependency, named: Sequence[str]) -> Q:
    condition = Q(agent__organization_id=organization_id, agent__blocked=False)
    if named:
        return condition & Q(agent_id__in=row_ids(named))
    if dependency.app_filter:
        condition &= Q(agent__client__release__app__identifier=dependency.app_filter)
    if dependency.version_filter:
        condition &= Q(agent__client__release__version=dependency.version_filter)
    return condition
