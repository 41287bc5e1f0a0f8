"""Live lists for people: tasks, agents and states of the organization."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated

import strawberry

from chassis.definitions.graphql.scalars import Args
from chassis.graphql import Info, principal_of
from rekuest_server.graphql.feed import TaskChangeEvent, entry_of
from rekuest_server.operations import watching
from rekuest_server.selectors.scope import row_id


@strawberry.type(description="An agent as the live list shows it.")
class AgentChange:
    """Its state now."""

    id: strawberry.ID = strawberry.field(description="The agent.")
    name: str = strawberry.field(description="The name people see.")
    connected: bool = strawberry.field(description="Whether it holds a connection now.")
    blocked: bool = strawberry.field(description="Whether it is kept out.")
    draining: bool = strawberry.field(description="Whether it gets no new work.")
    pinned: bool = strawberry.field(description="Whether it is shown first.")
    last_seen: datetime | None = strawberry.field(description="When it was heard of last.")


@strawberry.type(description="One entry of the live list of agents.")
class AgentChangeEvent:
    """Exactly one of the two is set."""

    update: AgentChange | None = strawberry.field(default=None, description="An agent as it is.")
    delete: strawberry.ID | None = strawberry.field(
        default=None, description="An agent that was taken off the list."
    )


@strawberry.type(description="All states of an agent at a revision.")
class AgentSnapshotEvent:
    """Comes first, and again when the agent's process is a new one."""

    agent_id: strawberry.ID = strawberry.field(description="The agent.")
    session_id: str | None = strawberry.field(description="The process that published them.")
    global_revision: int = strawberry.field(description="The revision.")
    values: Args = strawberry.field(description="The values by interface.")


@strawberry.type(description="A change of a state, as a JSON patch operation.")
class StatePatchEvent:
    """One revision of an agent's states."""

    agent_id: strawberry.ID = strawberry.field(description="The agent.")
    session_id: str | None = strawberry.field(description="The process that published it.")
    state_id: strawberry.ID | None = strawberry.field(description="The state.")
    interface: str = strawberry.field(description="The state's name in the agent.")
    op: str = strawberry.field(description="The operation: add, replace or remove.")
    path: str = strawberry.field(description="A JSON pointer into the value of the state.")
    value: Args | None = strawberry.field(description="The new value at the pointer.")
    global_revision: int = strawberry.field(description="The revision it makes.")
    timestamp: datetime = strawberry.field(description="When the agent made it.")


StateEvent = Annotated[
    AgentSnapshotEvent | StatePatchEvent,
    strawberry.union("AgentSnapshotEventStatePatchEvent", description="States, or a change."),
]


def _id(number: int | None) -> strawberry.ID | None:
    return None if number is None else strawberry.ID(str(number))


def _agent(seen: watching.AgentSeen) -> AgentChangeEvent:
    key = strawberry.ID(str(seen.id))
    if seen.is_retired:
        return AgentChangeEvent(delete=key)
    return AgentChangeEvent(
        update=AgentChange(
            id=key,
            name=seen.name,
            connected=seen.connected,
            blocked=seen.blocked,
            draining=seen.draining,
            pinned=seen.pinned,
            last_seen=seen.last_seen,
        )
    )


def _states(seen: watching.StatesSeen | watching.PatchSeen) -> StateEvent:
    agent = strawberry.ID(str(seen.agent_id))
    if isinstance(seen, watching.StatesSeen):
        return AgentSnapshotEvent(
            agent_id=agent,
            session_id=seen.session_id,
            global_revision=seen.revision,
            values=Args(seen.values),
        )
    return StatePatchEvent(
        agent_id=agent,
        session_id=seen.session_id,
        state_id=_id(seen.state_id),
        interface=seen.interface,
        op=seen.op,
        path=seen.path,
        value=None if seen.value is None else Args(seen.value),
        global_revision=seen.revision,
        timestamp=seen.timestamp,
    )


@strawberry.type
class Subscription:
    """Root fields that go on, for people who look."""

    @strawberry.subscription(
        description="What happens to the tasks of the organization, about a second late; "
        "from now on, or behind the event `after`."
    )
    async def tasks(
        self,
        info: Info,
        agent: strawberry.ID | None = None,
        action: strawberry.ID | None = None,
        root: strawberry.ID | None = None,
        after: strawberry.ID | None = None,
    ) -> AsyncGenerator[TaskChangeEvent, None]:
        """Read the events as they come."""
        watch = watching.TaskWatch(
            agent=None if agent is None else row_id(agent),
            action=None if action is None else row_id(action),
            root=None if root is None else row_id(root),
        )
        start = None if after is None else row_id(after)
        async for item in watching.watch_tasks(
            principal=principal_of(info), watch=watch, after=start
        ):
            yield entry_of(item)

    @strawberry.subscription(
        description="Every agent of the organization as it is, then each that changes."
    )
    async def agents(self, info: Info) -> AsyncGenerator[AgentChangeEvent, None]:
        """Compare the rows once in a while."""
        async for seen in watching.watch_agents(principal=principal_of(info)):
            yield _agent(seen)

    @strawberry.subscription(description="The states of an agent, then each change.")
    async def watch_agent(
        self, info: Info, agent_id: strawberry.ID
    ) -> AsyncGenerator[StateEvent, None]:
        """Read the patches as they come."""
        async for seen in watching.watch_states(principal=principal_of(info), agent=agent_id):
            yield _states(seen)
