"""Inputs by which an agent was declared over GraphQL, and higher-order implementations.

Agents of today declare themselves over their socket; these mutations are not offered yet.
"""

from __future__ import annotations

import strawberry

from chassis.definitions.graphql.declaration import (
    AgentDependencyInput,
    AssetInput,
    BlokImplementationInput,
    ImplementationInput,
    LockImplementationInput,
    StateImplementationInput,
)
from chassis.definitions.graphql.inputs import (
    DefinitionInput,
)
from chassis.definitions.graphql.scalars import AnyDefault
from chassis.graphql import Info, principal_of
from chassis.graphql.inputs import maybe
from rekuest_server.graphql.agent import Agent
from rekuest_server.graphql.implementation import Implementation
from rekuest_server.graphql.vocabulary import AgentKind
from rekuest_server.selectors import unbuilt


@strawberry.input(description="Everything an agent declares.")
class ImplementAgentInput:
    """Implementations, states, locks, bloks and assets."""

    name: str | None = maybe("The name people see.")
    description: str | None = maybe("What it is.")
    states: list[StateImplementationInput] | None = maybe("The states it publishes.")
    implementations: list[ImplementationInput] | None = maybe("What it offers.")
    locks: list[LockImplementationInput] | None = maybe("Its locks.")
    bloks: list[BlokImplementationInput] | None = maybe("Its bloks.")
    assets: list[AssetInput] | None = maybe("Its files.")
    hash: str | None = maybe("The hash of all this.")


@strawberry.input(description="Who an agent is and how it is reached.")
class AgentInput:
    """A name and a way."""

    name: str | None = maybe("The name people see.")
    description: str | None = maybe("What it is.")
    kind: AgentKind | None = maybe("How it is reached.")
    hook_url: str | None = maybe("Where a webhook agent is called.")
    hook_url_secret: str | None = maybe("The secret its calls are signed with.")


@strawberry.input(description="An implementation that wraps another one.")
class CreateHigherOrderImplementationInput:
    """What it wraps, and how."""

    lower: strawberry.ID = strawberry.field(description="The implementation it wraps.")
    interface: str = strawberry.field(description="The name it gets.")
    definition: DefinitionInput = strawberry.field(description="What it does.")
    config: AnyDefault | None = maybe("How arguments and returns are mapped.")
    dependencies: list[AgentDependencyInput] | None = maybe("The agents it needs.")


@strawberry.type
class Query:
    """Root fields of stored bindings."""

    @strawberry.field(
        description="What a stored binding of dependencies leads to; none are kept yet."
    )
    def resolved_implementations(
        self,
        info: Info,
        resolution: strawberry.ID,
        dependency_key: str | None = None,
        method_key: str | None = None,
    ) -> list[Implementation]:
        """Find nothing."""
        unbuilt.no_such(principal_of(info))


@strawberry.type
class Mutation:
    """Root fields that declare agents."""

    @strawberry.mutation(description="Make the caller's agent known; not offered yet.")
    def ensure_agent(self, info: Info, input: AgentInput) -> Agent:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "declaring an agent over GraphQL (use its socket)")

    @strawberry.mutation(description="Declare what the caller's agent offers; not offered yet.")
    def implement_agent(self, info: Info, input: ImplementAgentInput) -> Agent:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "declaring an agent over GraphQL (use its socket)")

    @strawberry.mutation(description="Wrap an implementation; not offered yet.")
    def create_higher_order_implementation(
        self, info: Info, input: CreateHigherOrderImplementationInput
    ) -> Implementation:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "wrapped implementations")
