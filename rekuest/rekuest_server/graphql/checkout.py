"""States of an agent over time."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from strawberry.scalars import JSON

from chassis.definitions.graphql.scalars import Args
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import row_as
from rekuest_server.graphql.task import Task
from rekuest_server.selectors import checkout as checkout_selectors


@strawberry.type(description="A change of a state, as a JSON patch operation.")
class Patch:
    """One revision of an agent's states."""

    id: strawberry.ID = strawberry.field(description="The id of the row.")
    op: str = strawberry.field(description="The operation: add, replace or remove.")
    path: str = strawberry.field(description="A JSON pointer into the value of the state.")
    value: Args | None = strawberry.field(description="The new value at the pointer.")
    interface: str = strawberry.field(description="The state's name in the agent.")
    timestamp: datetime = strawberry.field(description="When the agent made it.")
    task: Task | None = strawberry.field(description="The task that made it.")
    global_current_revision: int = strawberry.field(description="The revision before it.")
    global_future_revision: int = strawberry.field(description="The revision it makes.")


@strawberry.type(description="The states of an agent at a revision.")
class AgentWithValues:
    """Values, and the patches around them."""

    agent_id: strawberry.ID = strawberry.field(description="The agent.")
    values: JSON = strawberry.field(description="The values by interface.")
    global_revision: int = strawberry.field(description="The revision.")
    forward_patches: list[Patch] = strawberry.field(description="What came after, oldest first.")
    backward_patches: list[Patch] = strawberry.field(description="What led here, oldest first.")


def _patch(change: checkout_selectors.Change) -> Patch:
    patch = change.patch
    return Patch(
        id=strawberry.ID(str(patch.pk)),
        op=patch.op,
        path=patch.path,
        value=None if patch.value is None else Args(patch.value),
        interface=patch.interface,
        timestamp=patch.timestamp,
        task=None if change.task is None else row_as(Task, change.task),
        global_current_revision=patch.global_rev - 1,
        global_future_revision=patch.global_rev,
    )


@strawberry.type
class Query:
    """Root fields of states over time."""

    @strawberry_django.field(
        description="The states of an agent: now, at a moment, or at a revision of a session."
    )
    def checkout_agent(
        self,
        info: Info,
        agent: strawberry.ID,
        session_id: strawberry.ID | None = None,
        global_revision: int | None = None,
        timestamp: datetime | None = None,
        forward_patch_count: int = 0,
        backward_patch_count: int = 0,
    ) -> AgentWithValues | None:
        """Return the values and the patches around them."""
        found = checkout_selectors.agent_checkout(
            principal=principal_of(info),
            agent_id=agent,
            session_id=session_id,
            revision=global_revision,
            timestamp=timestamp,
            forward=forward_patch_count,
            backward=backward_patch_count,
        )
        return AgentWithValues(
            agent_id=strawberry.ID(str(found.agent_id)),
            values=JSON(found.values),
            global_revision=found.revision,
            forward_patches=[_patch(change) for change in found.forward],
            backward_patches=[_patch(change) for change in found.backward],
        )
