"""Tasks, their events and instructions: types, filters, orders and root fields."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet

from chassis.definitions.graphql.scalars import AnyDefault, Args
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import BoundedField, Found, column, visible_rows
from rekuest_server import models
from rekuest_server.graphql.action import Action
from rekuest_server.graphql.agent import Agent
from rekuest_server.graphql.identity import Caller
from rekuest_server.graphql.implementation import Implementation
from rekuest_server.graphql.vocabulary import (
    LogLevel,
    TaskEventKind,
    TaskInstructKind,
    TaskPolicy,
)
from rekuest_server.graphql.why import Why, why_of
from rekuest_server.selectors import task as task_selectors
from rekuest_server.selectors import why as why_selectors
from rekuest_server.selectors.scope import row_ids


@strawberry_django.filter_type(models.Task, description="Narrows a list of tasks.")
class TaskFilter:
    """Every condition that is given must hold."""

    is_done: bool | None = strawberry_django.filter_field(description="By whether they ended.")
    args_hash: str | None = strawberry_django.filter_field(description="By their arguments' hash.")
    reference: str | None = strawberry_django.filter_field(description="By the caller's reference.")

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="By the client id of the agent's app.")
    def client_id(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the client."""
        return Q(**{f"{prefix}agent__client__client_id": value})

    @strawberry_django.filter_field(description="Whose latest event is one of these.")
    def state(self, value: list[TaskEventKind], prefix: str) -> Q:
        """Compare the latest kind."""
        return Q(**{f"{prefix}latest_kind__in": [kind.value for kind in value]})

    @strawberry_django.filter_field(description="By implementation.")
    def implementation(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the implementation."""
        return Q(**{f"{prefix}implementation__in": row_ids([value])})

    @strawberry_django.filter_field(description="By action.")
    def action(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the action."""
        return Q(**{f"{prefix}action__in": row_ids([value])})

    @strawberry_django.filter_field(description="By agent.")
    def agent(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the agent."""
        return Q(**{f"{prefix}agent__in": row_ids([value])})

    @strawberry_django.filter_field(description="By caller.")
    def caller(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the caller."""
        return Q(**{f"{prefix}caller__in": row_ids([value])})

    @strawberry_django.filter_field(description="By the task that asked for them.")
    def parent(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the parent."""
        return Q(**{f"{prefix}parent__in": row_ids([value])})

    @strawberry_django.filter_field(description="By the task their run started with.")
    def root(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the root."""
        return Q(**{f"{prefix}root__in": row_ids([value])})

    @strawberry_django.filter_field(description="By whether a run starts with them.")
    def root_isnull(self, value: bool, prefix: str) -> Q:
        """Look for a task above."""
        return Q(**{f"{prefix}parent__isnull": value})

    @strawberry_django.filter_field(description="Made before that moment.")
    def created_before(self, value: datetime, prefix: str) -> Q:
        """Compare the moment."""
        return Q(**{f"{prefix}created_at__lt": value})

    @strawberry_django.filter_field(description="Made after that moment.")
    def created_after(self, value: datetime, prefix: str) -> Q:
        """Compare the moment."""
        return Q(**{f"{prefix}created_at__gt": value})


@strawberry_django.order_type(models.Task, description="Puts a list of tasks in order.")
class TaskOrder:
    """By their moments."""

    created_at: strawberry.auto = strawberry_django.order_field(description="When they were made.")
    finished_at: strawberry.auto = strawberry_django.order_field(description="When they ended.")


@strawberry_django.filter_type(models.TaskEvent, description="Narrows a list of events.")
class TaskEventFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="Of one of these kinds.")
    def kind(self, value: list[TaskEventKind], prefix: str) -> Q:
        """Compare the kind."""
        return Q(**{f"{prefix}kind__in": [kind.value for kind in value]})

    @strawberry_django.filter_field(description="Logs of one of these levels, and nothing else.")
    def level(self, value: list[LogLevel], prefix: str) -> Q:
        """Compare the level, which all other events have as well."""
        levels = Q(**{f"{prefix}level__in": [level.value for level in value]})
        return levels & Q(**{f"{prefix}kind": TaskEventKind.LOG.value})

    @strawberry_django.filter_field(description="With these words in the message.")
    def search(self, value: str, prefix: str) -> Q:
        """Look into the message."""
        return Q(**{f"{prefix}message__icontains": value})


@strawberry_django.order_type(models.TaskEvent, description="Puts a list of events in order.")
class TaskEventOrder:
    """By when they happened; the id decides between equal moments."""

    @strawberry_django.order_field(description="In the order in which they were recorded.")
    def created_at(self, value: strawberry_django.Ordering, prefix: str) -> list[str]:
        """Use the id, which is the sequence of the feed."""
        return [f"-{prefix}pk" if value.name.startswith("DESC") else f"{prefix}pk"]

    agent_pos: strawberry.auto = strawberry_django.order_field(
        description="By their position in the agent's journal."
    )
    step: strawberry.auto = strawberry_django.order_field(description="By their step in the task.")


@strawberry_django.type(models.TaskEvent, description="One thing that happened to a task.")
class TaskEvent:
    """The id is the sequence number of every feed."""

    id: strawberry.ID = strawberry_django.field(description="The sequence number.")
    task: Task = strawberry_django.field(description="The task it happened to.")
    message: str | None = strawberry_django.field(description="Words for people.")
    progress: int | None = strawberry_django.field(description="Progress in percent.")
    created_at: datetime = strawberry_django.field(description="When it was recorded.")
    agent_pos: int | None = strawberry_django.field(
        description="The position in the agent's journal."
    )
    agent_ts: datetime | None = strawberry_django.field(description="When the agent noted it.")
    step: int | None = strawberry_django.field(description="The step in the task.")
    effect: str | None = strawberry_django.field(description="What kind of value an EFFECT took.")
    key: str | None = strawberry_django.field(description="What the task calls that value.")
    reference: str | None = strawberry_django.field(description="A reference of its sender.")

    @column("kind", description="What happened.")
    def kind(self: models.TaskEvent) -> TaskEventKind:
        """Return the kind."""
        return TaskEventKind(self.kind)

    @column("level", description="How severe a log is; INFO otherwise.")
    def level(self: models.TaskEvent) -> LogLevel:
        """Return the level, which is never missing."""
        return LogLevel(self.level or LogLevel.INFO)

    @column("returns", description="What a YIELD returned.")
    def returns(self: models.TaskEvent) -> AnyDefault | None:
        """Return the stored value."""
        return None if self.returns is None else AnyDefault(self.returns)

    @column("value", description="The value of an EFFECT, a hold, a decision or a failure.")
    def value(self: models.TaskEvent) -> AnyDefault | None:
        """Return the stored value."""
        return None if self.value is None else AnyDefault(self.value)


@strawberry_django.type(models.Instruct, description="Something a task was told.")
class TaskInstruct:
    """A control, with who gave it and when."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    task: Task = strawberry_django.field(description="The task that was told.")
    created_at: datetime = strawberry_django.field(description="When it was told.")

    @column("kind", description="What it was told.")
    def kind(self: models.Instruct) -> TaskInstructKind:
        """Return the kind."""
        return TaskInstructKind(self.kind)


@strawberry_django.type(models.Task, description="One call of an action.")
class Task:
    """From the wish to the terminal event."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    reference: str | None = strawberry_django.field(description="What its caller calls it.")
    is_done: bool = strawberry_django.field(description="Whether it has ended.")
    args_hash: str | None = strawberry_django.field(description="The hash of its arguments.")
    root: Task | None = strawberry_django.field(description="The task its run started with.")
    parent: Task | None = strawberry_django.field(description="The task that asked for it.")
    parent_step: int | None = strawberry_django.field(description="The parent's step it is.")
    call_key: str | None = strawberry_django.field(description="What the parent calls it.")
    action: Action = strawberry_django.field(description="What is called.")
    capture: bool = strawberry_django.field(description="Whether its calls are recorded.")
    implementation: Implementation | None = strawberry_django.field(description="Who runs it.")
    agent: Agent | None = strawberry_django.field(description="Where it runs.")
    caller: Caller | None = strawberry_django.field(description="Who asked for it.")
    created_at: datetime = strawberry_django.field(description="When it was asked for.")
    updated_at: datetime = strawberry_django.field(description="When it changed last.")
    finished_at: datetime | None = strawberry_django.field(description="When it ended.")
    not_before: datetime | None = strawberry_django.field(description="Held back until then.")
    revision: int = strawberry_django.field(description="Grows with each change.")
    latest_progress: int | None = strawberry_django.field(description="Progress in percent.")
    latest_message: str | None = strawberry_django.field(description="The latest words for people.")
    dependency: str | None = strawberry_django.field(description="The dependency it was called by.")
    dependency_method: str | None = strawberry_django.field(description="The method of it.")
    children: list[Task] = strawberry_django.field(
        field_cls=BoundedField,
        filters=TaskFilter,
        ordering=TaskOrder,
        pagination=True,
        description="What it asked for.",
    )
    events: list[TaskEvent] = strawberry_django.field(
        filters=TaskEventFilter,
        ordering=TaskEventOrder,
        pagination=True,
        description="What happened to it.",
    )
    instructs: list[TaskInstruct] = strawberry_django.field(description="What it was told.")

    @strawberry_django.field(
        description="Why it waits, is refused or lost: blockers in order, each with a way out."
    )
    def why(self: models.Task) -> Why:
        """Read what stands around the task."""
        return why_of(why_selectors.task_why(self))

    @column("args", description="The arguments by port key.")
    def args(self: models.Task) -> AnyDefault:
        """Return the arguments."""
        return AnyDefault(self.args)

    @column("args", description="One argument.")
    def arg(self: models.Task, key: str) -> Args | None:
        """Return the argument of a port."""
        value = self.args.get(key)
        return None if value is None else Args(value)

    @column("dependencies", description="The agents it was wired to.")
    def dependencies(self: models.Task) -> AnyDefault:
        """Return the wiring."""
        return AnyDefault(self.dependencies)

    @column("latest_returns", description="What it returned last.")
    def latest_returns(self: models.Task) -> AnyDefault | None:
        """Return the latest returns."""
        return None if self.latest_returns is None else AnyDefault(self.latest_returns)

    @column("latest_kind", description="What happened last.")
    def latest_event_kind(self: models.Task) -> TaskEventKind:
        """Return the latest kind."""
        return TaskEventKind(self.latest_kind)

    @column("latest_instruct", description="What it was told last.")
    def latest_instruct_kind(self: models.Task) -> TaskInstructKind:
        """Return the latest instruction."""
        return TaskInstructKind(self.latest_instruct)

    @column("policy", description="Whether a person is asked.")
    def policy(self: models.Task) -> TaskPolicy:
        """Return the policy of the run."""
        return TaskPolicy(self.policy)


@strawberry.type
class Query:
    """Root fields of tasks."""

    tasks: list[Task] = visible_rows(
        task_selectors.tasks_visible_to,
        filters=TaskFilter,
        ordering=TaskOrder,
        description="The tasks of the organization, newest first.",
    )

    my_tasks: list[Task] = visible_rows(
        task_selectors.tasks_of,
        description="What the caller itself asked for.",
    )

    @strawberry_django.field(
        graphql_type=Task | None, extensions=[Found()], description="One task."
    )
    def task(self, info: Info, id: strawberry.ID) -> QuerySet[models.Task]:
        """Return the task."""
        return task_selectors.task_get(principal=principal_of(info), task_id=id)

    @strawberry_django.field(
        graphql_type=TaskEvent | None, extensions=[Found()], description="One event of a task."
    )
    def event(self, info: Info, id: strawberry.ID) -> QuerySet[models.TaskEvent]:
        """Return the event."""
        return task_selectors.event_get(principal=principal_of(info), event_id=id)
