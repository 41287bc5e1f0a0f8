"""Bindings of dependencies: what a call would be wired to, tried out or stored."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import QuerySet

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, row_as, visible_rows
from chassis.graphql.inputs import maybe, plain
from rekuest_server import models
from rekuest_server.graphql.agent import Agent
from rekuest_server.graphql.assign import ResolvedDependencyInput
from rekuest_server.graphql.dependency import Dependency
from rekuest_server.graphql.identity import User
from rekuest_server.graphql.implementation import Implementation
from rekuest_server.operations import resolution as resolution_operations
from rekuest_server.selectors import kept
from rekuest_server.selectors import resolution as resolution_selectors


@strawberry.type(description="An agent that a dependency would be bound to.")
class AgentMapping:
    """An agent and what it would do."""

    key: str = strawberry.field(description="The name of the dependency.")
    agent: Agent = strawberry.field(description="The agent.")
    implementations: list[Implementation] = strawberry.field(
        description="What it offers for the slots of the dependency."
    )


@strawberry.type(description="A dependency with the agents that could serve it.")
class ResolvedAgentDependency:
    """Met, or with what is missing."""

    key: str = strawberry.field(description="The name of the dependency.")
    dependency: Dependency | None = strawberry.field(description="What is declared.")
    unmet: str | None = strawberry.field(description="What is missing, in words.")
    mapped_agents: list[AgentMapping] = strawberry.field(description="The agents.")


@strawberry.type(description="What a call of an implementation would be wired to.")
class DependencyTree:
    """A dry run: nothing is stored."""

    satisfied: bool = strawberry.field(description="Whether nothing is missing.")
    dependencies: list[ResolvedAgentDependency] = strawberry.field(
        description="Each dependency, in the order of the declaration."
    )


@strawberry_django.type(models.Resolution, description="A stored binding of dependencies.")
class Resolution:
    """Calls name it instead of agents."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str = strawberry_django.field(description="The name people see.")
    implementation: Implementation = strawberry_django.field(description="What is wired.")
    creator: User = strawberry_django.field(description="Who made it.")
    resolved_at: datetime = strawberry_django.field(description="When it was made.")


@strawberry.input(description="An implementation whose dependencies are to be bound.")
class AutoResolveInput:
    """An implementation."""

    implementation: strawberry.ID = strawberry.field(description="The implementation.")


@strawberry.input(description="A call to be tried out.")
class DependencyTreeInput:
    """An implementation and wishes."""

    implementation: strawberry.ID = strawberry.field(description="The implementation.")
    dependencies: list[ResolvedDependencyInput] | None = maybe("How dependencies are bound.")


def _tree(found: resolution_selectors.Tree) -> DependencyTree:
    return DependencyTree(
        satisfied=found.is_satisfied,
        dependencies=[
            ResolvedAgentDependency(
                key=item.dependency.key,
                dependency=row_as(Dependency, item.dependency),
                unmet=item.unmet,
                mapped_agents=[
                    AgentMapping(
                        key=item.dependency.key,
                        agent=row_as(Agent, agent),
                        implementations=[row_as(Implementation, row) for row in rows],
                    )
                    for agent, rows in item.agents
                ],
            )
            for item in found.branches
        ],
    )


@strawberry.type
class Query:
    """Root fields of bindings."""

    resolutions: list[Resolution] = visible_rows(
        kept.resolutions_visible_to, description="The stored bindings of the organization."
    )

    @strawberry_django.field(
        graphql_type=Resolution | None, extensions=[Found()], description="One stored binding."
    )
    def resolution(self, info: Info, id: strawberry.ID) -> QuerySet[models.Resolution]:
        """Return the binding."""
        return kept.one(kept.resolutions_visible_to(principal_of(info)), id)

    @strawberry_django.field(
        graphql_type=list[Implementation],
        description="What a stored binding leads to, for one dependency and one of its slots.",
    )
    def resolved_implementations(
        self,
        info: Info,
        resolution: strawberry.ID,
        dependency_key: str | None = None,
        method_key: str | None = None,
    ) -> QuerySet[models.Implementation]:
        """Return what is bound."""
        return resolution_selectors.bound_implementations(
            principal=principal_of(info),
            resolution=resolution,
            dependency=dependency_key,
            method=method_key,
        )

    @strawberry_django.field(
        description="What a call would be wired to and what is missing; nothing is stored."
    )
    def dependency_tree(self, info: Info, input: DependencyTreeInput) -> DependencyTree:
        """Try it out."""
        return _tree(
            resolution_selectors.dependency_tree(
                principal=principal_of(info),
                implementation=input.implementation,
                wishes=plain(input.dependencies or []),
            )
        )


@strawberry.type
class Mutation:
    """Root fields that store bindings."""

    @strawberry.mutation(
        graphql_type=Resolution,
        description="Bind everything an implementation depends on and keep it.",
    )
    async def auto_resolve(self, info: Info, input: AutoResolveInput) -> models.Resolution:
        """Keep the binding."""
        return await resolution_operations.resolution_make(
            principal=principal_of(info), implementation=input.implementation
        )
