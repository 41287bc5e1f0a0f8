"""Reads of bindings: dry runs, and what stored ones lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from chassis.errors import NotFound
from chassis.identity import Principal
from rekuest_server.models import Agent, Dependency, Implementation
from rekuest_server.selectors import kept
from rekuest_server.selectors.binding import dependencies_resolve
from rekuest_server.selectors.implementation import (
    implementation_get,
    implementations_visible_to,
)
from rekuest_server.selectors.scope import row_ids


@dataclass(frozen=True, slots=True)
class Branch:
    """A dependency with the agents found for it and what each would run."""

    dependency: Dependency
    agents: list[tuple[Agent, list[Implementation]]]
    unmet: str | None


@dataclass(frozen=True, slots=True)
class Tree:
    """Every dependency of an implementation."""

    branches: list[Branch]

    @property
    def is_satisfied(self) -> bool:
        """Whether nothing is missing."""
        return all(branch.unmet is None for branch in self.branches)


def dependency_tree(
    *, principal: Principal, implementation: object, wishes: Sequence[Mapping[str, Any]] = ()
) -> Tree:
    """Try out what a call of an implementation would be wired to."""
    rows = implementation_get(principal=principal, implementation_id=implementation)
    row = rows.select_related("agent").first()
    if row is None:
        raise NotFound()
    found = dependencies_resolve(
        organization_id=row.agent.organization_id, implementation_id=row.pk, wishes=wishes
    )
    agents = Agent.objects.in_bulk([int(agent["agent"]) for item in found for agent in item.agents])
    offers = Implementation.objects.in_bulk(
        [int(key) for item in found for agent in item.agents for key in agent["actions"].values()]
    )
    return Tree(
        [
            Branch(
                item.dependency,
                [
                    (
                        agents[int(agent["agent"])],
                        [offers[int(key)] for key in agent["actions"].values()],
                    )
                    for agent in item.agents
                ],
                item.unmet,
            )
            for item in found
        ]
    )


def bound_implementations(
    *,
    principal: Principal,
    resolution: object,
    dependency: str | None = None,
    method: str | None = None,
) -> QuerySet[Implementation]:
    """Return what a stored binding leads to; without keys everything it leads to."""
    row = kept.one(kept.resolutions_visible_to(principal), resolution).first()
    if row is None:
        raise NotFound()
    keys = [
        key
        for name, agents in row.bindings.items()
        if dependency in (None, name)
        for agent in agents
        for slot, key in agent["actions"].items()
        if method in (None, slot)
    ]
    return implementations_visible_to(principal).filter(pk__in=row_ids(keys))
