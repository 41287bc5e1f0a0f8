"""The feed of a caller: changes of its tasks, with all they carry, so nothing is read again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime

import strawberry

from chassis.definitions.graphql.scalars import AnyDefault
from chassis.graphql import Info, principal_of
from rekuest_server.graphql.vocabulary import TaskEventKind, TaskInstructKind
from rekuest_server.operations import feed


@strawberry.type(description="A task as the feed shows it; ids instead of objects.")
class TaskChange:
    """The state of a task at a revision."""

    id: strawberry.ID = strawberry.field(description="The task.")
    reference: str | None = strawberry.field(description="What its caller calls it.")
    is_done: bool = strawberry.field(description="Whether it has ended.")
    latest_event_kind: TaskEventKind = strawberry.field(description="What happened last.")
    latest_instruct_kind: TaskInstructKind = strawberry.field(description="What it was told last.")
    action: strawberry.ID = strawberry.field(description="What is called.")
    implementation: strawberry.ID | None = strawberry.field(description="Who runs it.")
    agent: strawberry.ID | None = strawberry.field(description="Where it runs.")
    root: strawberry.ID | None = strawberry.field(description="The task its run started with.")
    parent: strawberry.ID | None = strawberry.field(description="The task that asked for it.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    updated_at: datetime = strawberry.field(description="When it changed last.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    revision: int = strawberry.field(description="Grows with each change of the task.")


@strawberry.type(description="An event as the feed shows it; ids instead of objects.")
class TaskEventChange:
    """One thing that happened."""

    id: strawberry.ID = strawberry.field(description="The sequence number.")
    task: strawberry.ID = strawberry.field(description="The task it happened to.")
    kind: TaskEventKind = strawberry.field(description="What happened.")
    message: str | None = strawberry.field(description="Words for people.")
    progress: int | None = strawberry.field(description="Progress in percent.")
    returns: AnyDefault | None = strawberry.field(description="What a YIELD returned.")
    value: AnyDefault | None = strawberry.field(
        description="The value of an EFFECT, a hold, a decision or a failure."
    )
    created_at: datetime = strawberry.field(description="When it was recorded.")


@strawberry.type(description="One entry of the feed: a new task, or an event of one.")
class TaskChangeEvent:
    """Exactly one of the two is set."""

    create: TaskChange | None = strawberry.field(default=None, description="A new task.")
    event: TaskEventChange | None = strawberry.field(default=None, description="An event.")


def _id(value: int) -> strawberry.ID:
    return strawberry.ID(str(value))


def _optional_id(value: int | None) -> strawberry.ID | None:
    return None if value is None else _id(value)


def entry_of(item: feed.FeedItem) -> TaskChangeEvent:
    """Return an item of a feed as its GraphQL type."""
    if isinstance(item, feed.TaskCreated):
        return TaskChangeEvent(create=_change(item))
    return TaskChangeEvent(
        event=TaskEventChange(
            id=_id(item.id),
            task=_id(item.task_id),
            kind=TaskEventKind(item.kind),
            message=item.message,
            progress=item.progress,
            returns=item.returns,
            value=item.value,
            created_at=item.created_at,
        )
    )


def _change(task: feed.TaskCreated) -> TaskChange:
    return TaskChange(
        id=_id(task.id),
        reference=task.reference,
        is_done=task.is_done,
        latest_event_kind=TaskEventKind(task.latest_kind),
        latest_instruct_kind=TaskInstructKind(task.latest_instruct),
        action=_id(task.action_id),
        implementation=_optional_id(task.implementation_id),
        agent=_optional_id(task.agent_id),
        root=_optional_id(task.root_id),
        parent=_optional_id(task.parent_id),
        created_at=task.created_at,
        updated_at=task.updated_at,
        finished_at=task.finished_at,
        revision=task.revision,
    )


@strawberry.type
class Subscription:
    """Root fields that go on."""

    @strawberry.subscription(
        description="Every change of the caller's own tasks from now on, in order. "
        "It ends when the reader is too slow, so that no change is left out unnoticed. After a "
        "fault inside the server changes may come again: an event is known by its id."
    )
    async def mytasks(self, info: Info) -> AsyncGenerator[TaskChangeEvent, None]:
        """Pass the caller's feed on."""
        async for item in feed.caller_feed(principal=principal_of(info)):
            yield entry_of(item)
