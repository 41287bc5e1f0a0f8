"""What an admin does to agents, and what is going on with them."""

from __future__ import annotations

import strawberry

from chassis.graphql import Info, principal_of
from chassis.graphql.inputs import flag, maybe
from rekuest_server import models
from rekuest_server.graphql.agent import Agent
from rekuest_server.operations import agent_admin as operations


@strawberry.input(description="An agent to be kept out.")
class BlockInput:
    """An agent, and why."""

    agent: strawberry.ID = strawberry.field(description="The agent.")
    reason: str | None = maybe("Why; people see it.")


@strawberry.input(description="An agent to be let in again.")
class UnblockInput:
    """An agent."""

    agent: strawberry.ID = strawberry.field(description="The agent.")


@strawberry.input(description="An agent that is to get no new work, or work again.")
class DrainInput:
    """An agent, and which of both."""

    agent: strawberry.ID = strawberry.field(description="The agent.")
    drain: bool = flag("Whether it gets no new work.", default=True)


@strawberry.input(description="An agent that is to connect anew.")
class BounceInput:
    """An agent."""

    agent: strawberry.ID = strawberry.field(description="The agent.")


@strawberry.input(description="An agent whose process is to end.")
class KickInput:
    """An agent."""

    agent: strawberry.ID = strawberry.field(description="The agent.")
    reason: str | None = maybe("Why; for the log.")


@strawberry.input(description="An agent to be shown before the others, or no longer.")
class PinInput:
    """An agent, and which of both."""

    id: strawberry.ID = strawberry.field(description="The agent.")
    pin: bool = strawberry.field(description="Whether it is shown first.")


@strawberry.input(description="An agent to be renamed.")
class UpdateAgentInput:
    """An agent and a name."""

    id: strawberry.ID = strawberry.field(description="The agent.")
    name: str | None = maybe("The name people see; its own one if null.")


@strawberry.input(description="An agent to be taken off the lists.")
class DeleteAgentInput:
    """An agent."""

    id: strawberry.ID = strawberry.field(description="The agent.")


@strawberry.type
class Mutation:
    """Root fields by which admins handle agents."""

    @strawberry.mutation(graphql_type=Agent, description="Keep an agent out; its process ends.")
    async def block(self, info: Info, input: BlockInput) -> models.Agent:
        """Change the row, end the connection."""
        return await operations.agent_block(
            principal=principal_of(info), agent=input.agent, reason=input.reason
        )

    @strawberry.mutation(graphql_type=Agent, description="Let an agent in again.")
    async def unblock(self, info: Info, input: UnblockInput) -> models.Agent:
        """Change the row."""
        return await operations.agent_unblock(principal=principal_of(info), agent=input.agent)

    @strawberry.mutation(
        graphql_type=Agent, description="Give an agent no new work, or work again."
    )
    async def drain_agent(self, info: Info, input: DrainInput) -> models.Agent:
        """Change the row; what runs goes on."""
        return await operations.agent_drain(
            principal=principal_of(info), agent=input.agent, drain=input.drain
        )

    @strawberry.mutation(graphql_type=Agent, description="Make an agent connect anew.")
    async def bounce(self, info: Info, input: BounceInput) -> models.Agent:
        """Tell the agent."""
        return await operations.agent_bounce(principal=principal_of(info), agent=input.agent)

    @strawberry.mutation(graphql_type=Agent, description="End an agent's process.")
    async def kick(self, info: Info, input: KickInput) -> models.Agent:
        """Tell the agent."""
        return await operations.agent_kick(principal=principal_of(info), agent=input.agent)

    @strawberry.mutation(graphql_type=Agent, description="Show an agent first, or no longer.")
    async def pin_agent(self, info: Info, input: PinInput) -> models.Agent:
        """Change the row."""
        return await operations.agent_pin(
            principal=principal_of(info), agent=input.id, pin=input.pin
        )

    @strawberry.mutation(graphql_type=Agent, description="Rename an agent.")
    async def update_agent(self, info: Info, input: UpdateAgentInput) -> models.Agent:
        """Change the row."""
        return await operations.agent_rename(
            principal=principal_of(info), agent=input.id, name=input.name
        )

    @strawberry.mutation(description="Take an agent that is away off the lists.")
    async def delete_agent(self, info: Info, input: DeleteAgentInput) -> strawberry.ID:
        """Return its id."""
        return strawberry.ID(
            await operations.agent_delete(principal=principal_of(info), agent=input.id)
        )
