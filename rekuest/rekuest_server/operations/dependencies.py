"""What a task's implementation depends on, bound to agents when the task is made.

The bindings are stored on the task as `{key: [{"agent", "actions": {slot: implementation}}]}`; its
children name a key and a slot, and are sent to one of the agents bound there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from chassis.clock import now
from chassis.definitions.demand import action_demand
from rekuest_server.domain.errors import UnmetDependencies
from rekuest_server.models import Dependency, Implementation
from rekuest_server.operations.ids import parse_id

Bindings = dict[str, list[dict[str, Any]]]


def dependencies_bind(
    *, organization_id: int, implementation_id: int, wishes: Sequence[Mapping[str, Any]] = ()
) -> Bindings:
    """Bind every dependency of an implementation; raises `UnmetDependencies`. Runs in a thread.

    A dependency is bound to the agents a wish names, or, if it is declared so or the wish says so,
    to agents that offer what it demands: connected ones first, then the oldest.
    """
    wished = {str(wish["key"]): wish for wish in wishes}
    bindings: Bindings = {}
    for dependency in Dependency.objects.filter(implementation_id=implementation_id):
        wish = wished.get(dependency.key, {})
        named = [parse_id(item["agent"]) for item in wish.get("mapped_agents") or ()]
        bound: list[dict[str, Any]] = []
        if named or dependency.auto_resolvable or wish.get("auto_resolve"):
            bound = _candidates(organization_id, dependency, named)
        least = dependency.min_viable_instances
        needed = (0 if dependency.optional else 1) if least is None else least
        if len(bound) < needed:
            raise UnmetDependencies(_missing(dependency, len(bound), needed), field=dependency.key)
        most = dependency.max_viable_instances
        bindings[dependency.key] = bound if most is None else bound[:most]
    return bindings


def _missing(dependency: Dependency, found: int, needed: int) -> str:
    text = f"The dependency {dependency.key!r} needs {needed} agent(s) and {found} can serve it."
    if not dependency.auto_resolvable:
        text += " It is not bound by itself: name the agents, or ask for autoResolve."
    return text


def _candidates(
    organization_id: int, dependency: Dependency, named: Sequence[int | None]
) -> list[dict[str, Any]]:
    """Return the agents that offer every action the dependency cannot do without."""
    slots = dependency.declaration.get("action_dependencies") or []
    offers: dict[int, dict[str, int]] = defaultdict(dict)
    live: dict[int, bool] = {}
    rows = Implementation.objects.filter(_agents(organization_id, dependency, named))
    moment = now()
    for slot in slots:
        found = rows.filter(action_demand(slot.get("demand") or {}, prefix="action__"))
        for row in found.select_related("agent").order_by("id"):
            offers[row.agent_id].setdefault(slot["key"], row.pk)
            lease = row.agent.lease_expires_at
            live[row.agent_id] = row.agent.connected and lease is not None and lease > moment
    required = {slot["key"] for slot in slots if not slot.get("optional")}
    able = [agent for agent, actions in offers.items() if required <= set(actions)]
    able.sort(key=lambda agent: (not live[agent], agent))
    return [{"agent": str(agent), "actions": _texts(offers[agent])} for agent in able]


def _agents(organization_id: int, dependency: Dependency, named: Sequence[int | None]) -> Q:
    condition = Q(
        agent__organization_id=organization_id, agent__blocked=False, retired_at__isnull=True
    )
    if named:
        return condition & Q(agent_id__in=[agent for agent in named if agent is not None])
    if dependency.app_filter:
        condition &= Q(agent__client__release__app__identifier=dependency.app_filter)
    if dependency.version_filter:
        condition &= Q(agent__client__release__version=dependency.version_filter)
    return condition


def _texts(actions: Mapping[str, int]) -> dict[str, str]:
    return {slot: str(implementation) for slot, implementation in actions.items()}
