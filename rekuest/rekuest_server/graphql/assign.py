"""What callers tell the server about tasks: assign and the controls."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry_django.optimizer import mark_optimized_by_prefetching

from chassis.definitions.graphql.port import DescriptorOperator
from chassis.definitions.graphql.scalars import ActionHash, Arg, Args, json_object
from chassis.graphql import Info, principal_of
from chassis.graphql.inputs import plain
from rekuest_server import models
from rekuest_server.graphql.task import Task
from rekuest_server.graphql.vocabulary import HookKind, TaskPolicy
from rekuest_server.operations import task as task_operations
from rekuest_server.selectors.scope import row_id


@strawberry.input(description="An action that is called around a task.")
class HookInput:
    """When, and what."""

    kind: HookKind = strawberry.field(description="When it is called.")
    hash: ActionHash = strawberry.field(description="The action.")


@strawberry.input(description="A condition on the agent's state for a task to run.")
class StateRequirementInput:
    """A place in a state, compared."""

    state: str = strawberry.field(description="The interface of the state.")
    path: str = strawberry.field(description="A JSON pointer into its value.")
    operator: DescriptorOperator = strawberry.field(description="How it is compared.")
    value: Arg | None = strawberry.field(default=None, description="With what.")


@strawberry.input(description="An agent that a dependency is bound to.")
class MappedAgentInput:
    """A key and an agent, and the bindings one level below."""

    key: str = strawberry.field(description="The name of the instance.")
    agent: strawberry.ID = strawberry.field(description="The agent.")
    dependencies: list[ResolvedDependencyInput] | None = strawberry.field(
        default=None, description="Bindings of what that agent depends on."
    )


@strawberry.input(description="How a dependency of the implementation is bound.")
class ResolvedDependencyInput:
    """Named agents, or whatever fits."""

    key: str = strawberry.field(description="The dependency.")
    mapped_agents: list[MappedAgentInput] = strawberry.field(description="The agents.")
    auto_resolve: bool = strawberry.field(
        default=False, description="Whether the server may choose agents itself."
    )


@strawberry.input(description="The wish for a task; the most precise target that is given wins.")
class AssignInput:
    """Targets, arguments and conditions."""

    args: Args = strawberry.field(description="The arguments by port key.")
    capture: bool = strawberry.field(description="Whether its calls are recorded.")
    action: strawberry.ID | None = strawberry.field(default=None, description="An action.")
    action_hash: ActionHash | None = strawberry.field(
        default=None, description="An action by its hash."
    )
    implementation: strawberry.ID | None = strawberry.field(
        default=None, description="A certain implementation."
    )
    agent: strawberry.ID | None = strawberry.field(
        default=None, description="A certain agent; needs the interface too."
    )
    interface: str | None = strawberry.field(
        default=None, description="The function of that agent."
    )
    resolution: strawberry.ID | None = strawberry.field(
        default=None, description="A stored binding of dependencies."
    )
    dependencies: list[ResolvedDependencyInput] | None = strawberry.field(
        default=None, description="How dependencies are bound for this call."
    )
    hooks: list[HookInput] | None = strawberry.field(
        default=None, description="Actions called around it."
    )
    reference: str | None = strawberry.field(
        default=None, description="The caller's name for it; the same one gives the same task."
    )
    step: bool | None = strawberry.field(
        default=None, description="Whether it stops at its first pause point."
    )
    not_before: datetime | None = strawberry.field(
        default=None, description="The moment it is held back until."
    )
    policy: TaskPolicy | None = strawberry.field(
        default=None, description="Whether a person is asked before children start; ASK if unset."
    )
    state_requires: list[StateRequirementInput] | None = strawberry.field(
        default=None, description="Conditions on the agent's states."
    )


@strawberry.input(description="Ask a task to end.")
class CancelInput:
    """A task."""

    task: strawberry.ID = strawberry.field(description="The task.")


@strawberry.input(description="End a task and all below it at once.")
class InterruptInput:
    """A task."""

    task: strawberry.ID = strawberry.field(description="The task.")


@strawberry.input(description="Ask a task to wait at its next pause point.")
class PauseInput:
    """A task."""

    task: strawberry.ID = strawberry.field(description="The task.")


@strawberry.input(description="Let a paused task go on.")
class ResumeInput:
    """A task."""

    task: strawberry.ID = strawberry.field(description="The task.")
    step: bool = strawberry.field(
        default=False, description="Whether it waits again at the next pause point."
    )


@strawberry.input(description="Answer a task that is held.")
class DecideInput:
    """Yes or no, with words or values."""

    task: strawberry.ID = strawberry.field(description="The held task.")
    approved: bool = strawberry.field(description="Whether it may go on.")
    answer: str | None = strawberry.field(default=None, description="Words with the decision.")
    values: Args | None = strawberry.field(
        default=None, description="Values the task asked for, by key."
    )


def _id(value: strawberry.ID | None) -> int | None:
    return None if value is None else row_id(value)


def _wish(given: AssignInput) -> task_operations.AssignWish:
    return task_operations.AssignWish(
        args=json_object(given.args),
        implementation=_id(given.implementation),
        agent=_id(given.agent),
        interface=given.interface,
        action=_id(given.action),
        action_hash=given.action_hash,
        reference=given.reference,
        policy=(given.policy or TaskPolicy.ASK).value,
        capture=given.capture,
        step=given.step,
        resolution=_id(given.resolution),
        not_before=given.not_before,
        hooks=plain(given.hooks or []),
        dependencies=plain(given.dependencies or []),
        state_requires=plain(given.state_requires or []),
    )


def _with_known_relations(row: models.Task) -> models.Task:
    """Let what a new task is known not to have be answered without a thread for the database."""
    for known in getattr(row, "_prefetched_objects_cache", {}).values():
        known._fetch_all()
        mark_optimized_by_prefetching(known)
    if row.parent_id is None:
        row.parent = None
    return row


@strawberry.type
class Mutation:
    """Root fields that make and control tasks."""

    @strawberry.mutation(
        graphql_type=Task, description="Ask for a task; it starts when an agent takes it."
    )
    async def assign(self, info: Info, input: AssignInput) -> models.Task:
        """Create the task."""
        row = await task_operations.task_assign(principal=principal_of(info), wish=_wish(input))
        return _with_known_relations(row)

    @strawberry.mutation(graphql_type=Task, description="Ask a task to end.")
    async def cancel(self, info: Info, input: CancelInput) -> models.Task:
        """Tell the agent."""
        return await task_operations.task_cancel(
            principal=principal_of(info), task_id=row_id(input.task)
        )

    @strawberry.mutation(graphql_type=Task, description="End a task and all below it at once.")
    async def interrupt(self, info: Info, input: InterruptInput) -> models.Task:
        """Tell the agents."""
        return await task_operations.task_interrupt(
            principal=principal_of(info), task_id=row_id(input.task)
        )

    @strawberry.mutation(
        graphql_type=Task, description="Ask a task to wait at its next pause point."
    )
    async def pause(self, info: Info, input: PauseInput) -> models.Task:
        """Tell the agent."""
        return await task_operations.task_pause(
            principal=principal_of(info), task_id=row_id(input.task)
        )

    @strawberry.mutation(graphql_type=Task, description="Let a paused task go on.")
    async def resume(self, info: Info, input: ResumeInput) -> models.Task:
        """Tell the agent."""
        return await task_operations.task_resume(
            principal=principal_of(info), task_id=row_id(input.task), step=input.step
        )

    @strawberry.mutation(graphql_type=Task, description="Answer a task that is held.")
    async def decide(self, info: Info, input: DecideInput) -> models.Task:
        """Approve or deny."""
        return await task_operations.task_decide(
            principal=principal_of(info),
            task_id=row_id(input.task),
            approved=input.approved,
            answer=input.answer,
            values=None if input.values is None else json_object(input.values),
        )
