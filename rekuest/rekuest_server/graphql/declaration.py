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
from chassis.definitions.graphql.scalars import AnyDefault, json_object
from chassis.graphql import Info, principal_of
from chassis.graphql.inputs import given, maybe
from rekuest_server import models
from rekuest_server.graphql.agent import Agent
from rekuest_server.graphql.implementation import Implementation
from rekuest_server.graphql.vocabulary import AgentKind
from rekuest_server.operations import agent_declaring


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
class Mutation:
    """Root fields that declare agents."""

    @strawberry.mutation(graphql_type=Agent, description="Make the caller's own agent known.")
    async def ensure_agent(self, info: Info, input: AgentInput) -> models.Agent:
        """Return the agent."""
        return await agent_declaring.agent_ensure(
            principal=principal_of(info),
            name=input.name,
            description=input.description,
            kind=(input.kind or AgentKind.WEBSOCKET).value,
        )

    @strawberry.mutation(
        graphql_type=Agent, description="Declare what the caller's own agent offers."
    )
    async def implement_agent(self, info: Info, input: ImplementAgentInput) -> models.Agent:
        """Bring its rows in line."""
        return await agent_declaring.agent_implement(
            principal=principal_of(info), declaration=given(input)
        )

    @strawberry.mutation(
        graphql_type=Implementation,
        description="Offer an implementation under another definition, arguments filled in.",
    )
    async def create_higher_order_implementation(
        self, info: Info, input: CreateHigherOrderImplementationInput
    ) -> models.Implementation:
        """Keep the wrapper."""
        wish = agent_declaring.WrapWish(
            lower=input.lower,
            interface=input.interface,
            definition=given(input.definition),
            config=None if input.config is None else json_object(input.config),
            dependencies=tuple(given(input.dependencies or [])),
        )
        return await agent_declaring.implementation_wrap(principal=principal_of(info), wish=wish)
