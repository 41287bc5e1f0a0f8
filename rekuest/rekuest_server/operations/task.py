"""Tasks as their callers handle them: assign, cancel, interrupt, pause, resume, decide."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from chassis.errors import NotFound
from chassis.identity import Principal
from chassis.ids import new_id
from chassis.permissions import authorize
from rekuest_server.adapters import statements
from rekuest_server.adapters.orm import in_thread
from rekuest_server.domain.kinds import Policy
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.models import Instruct, Task, TaskEvent
from rekuest_server.operations import controls
from rekuest_server.operations.broker import Broker, current_broker
from rekuest_server.operations.dependencies import dependencies_bind, resolution_bindings
from rekuest_server.operations.dispatch import created_item, stored_item
from rekuest_server.operations.drafts import DraftParts, draft_task, encode_args
from rekuest_server.operations.hook_target import hooks_checked
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.operations.routes import Route, Target
from rekuest_server.policy import task as _rules  # noqa: F401  # registers the rules


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignWish:
    """What a caller asks for; the first target that is set wins."""

    args: Mapping[str, Any]
    implementation: int | None = None
    agent: int | None = None
    interface: str | None = None
    action: int | None = None
    action_hash: str | None = None
    reference: str | None = None
    policy: str = "ASK"
    capture: bool = False
    step: bool | None = None
    resolution: int | None = None
    not_before: datetime | None = None
    hooks: Sequence[Mapping[str, Any]] = ()
    dependencies: Sequence[Mapping[str, Any]] = ()
    state_requires: Sequence[Mapping[str, Any]] = field(default=())


async def task_assign(*, principal: Principal, wish: AssignWish) -> Task:
    """Create a root task and send it to an agent; the same reference returns the same task.

    The returned `Task` is built from what was written, without reading it back.
    """
    reference = wish.reference or new_id()
    task = await task_new(principal=principal, wish=replace(wish, reference=reference))
    if task is not None:
        return _without_history(task_row(task))
    broker = current_broker()
    return await _again(broker, await broker.identities.of(principal), reference)


async def task_new(*, principal: Principal, wish: AssignWish) -> LiveTask | None:
    """Create a root task and send it to an agent; None if its reference stands for one already."""
    authorize(principal, "task.assign")
    broker = current_broker()
    caller = await broker.identities.of(principal)
    target = Target(
        implementation=wish.implementation,
        agent=wish.agent,
        interface=wish.interface,
        action=wish.action,
        action_hash=wish.action_hash,
    )
    route = await broker.routes.choose(caller.organization_id, target)
    given = wish.args if route.preset is None else {**wish.args, **route.preset}
    args = encode_args(given, broker.config.tasks.value_bytes)
    parts = DraftParts(
        reference=wish.reference or new_id(),
        policy=Policy(wish.policy),
        capture=wish.capture,
        step=wish.step,
        resolution=wish.resolution,
        not_before=wish.not_before,
        hooks=await hooks_checked(broker, caller.organization_id, wish.hooks),
        state_requires=msgspec.json.encode(list(wish.state_requires)),
        dependencies=await bindings_of(
            caller.organization_id, route, wish.dependencies, resolution=wish.resolution
        ),
    )
    draft = draft_task(caller=caller, route=route, args=args, parts=parts)
    patience = broker.config.tasks.assign_timeout_seconds
    return draft.task if await broker.dispatcher.create(draft, patience=patience) else None


async def bindings_of(
    organization_id: int,
    route: Route,
    wishes: Sequence[Mapping[str, Any]] = (),
    *,
    resolution: int | None = None,
) -> bytes:
    """Return the bindings of a task to be, as stored; named agents win over a resolution."""
    if resolution is not None and not wishes:
        return msgspec.json.encode(
            await in_thread(
                resolution_bindings,
                organization_id=organization_id,
                implementation_id=route.implementation_id,
                resolution_id=resolution,
            )
        )
    if not route.has_dependencies:
        return b"{}"
    return msgspec.json.encode(
        await in_thread(
            dependencies_bind,
            organization_id=organization_id,
            implementation_id=route.implementation_id,
            wishes=wishes,
        )
    )


async def _again(broker: Broker, caller: CallerIdentity, reference: str) -> Task:
    """Return the task a reference already stands for, and tell its story to the caller's feed."""
    found = await broker.store.tasks(
        statements.TASK_BY_REFERENCE, {"caller": caller.caller_id, "reference": reference}
    )
    if not found:
        raise NotFound()
    task = found[0]
    if broker.hub.listens(caller.caller_id):
        broker.hub.publish(caller.caller_id, created_item(task, task.created_at))
        for event in await broker.store.events_of([task.id]):
            broker.hub.publish(caller.caller_id, stored_item(event))
    return task_row(task)


async def task_cancel(
    *, principal: Principal, task_id: int, auto_interrupt: float | None = None
) -> Task:
    """Ask the agent to cancel; after `auto_interrupt` seconds it becomes an interrupt."""
    broker, caller, task = await _controlled(principal, task_id)
    interrupt_at = None if auto_interrupt is None else time.time() + auto_interrupt
    done = await controls.cancel(
        broker, task, caller_id=caller.caller_id, interrupt_at=interrupt_at
    )
    return task_row(done)


async def task_interrupt(*, principal: Principal, task_id: int) -> Task:
    """Interrupt the task and everything below it."""
    broker, caller, task = await _controlled(principal, task_id)
    return task_row(await controls.interrupt(broker, task, caller_id=caller.caller_id))


async def task_pause(*, principal: Principal, task_id: int) -> Task:
    """Ask the agent to pause at its next pause point."""
    broker, caller, task = await _controlled(principal, task_id)
    return task_row(await controls.pause(broker, task, caller_id=caller.caller_id))


async def task_resume(*, principal: Principal, task_id: int, step: bool = False) -> Task:
    """Let a paused task go on, with `step` only to its next pause point."""
    broker, caller, task = await _controlled(principal, task_id)
    return task_row(await controls.resume(broker, task, caller_id=caller.caller_id, step=step))


async def task_decide(
    *,
    principal: Principal,
    task_id: int,
    approved: bool,
    answer: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> Task:
    """Answer a hold: approve or deny a held child, or a running task's own question."""
    broker, caller, task = await _found(principal, task_id)
    authorize(principal, "task.decide", task.user == caller.user)
    done = await controls.decide(
        broker, task, approved=approved, user=caller.user, answer=answer, values=values
    )
    return task_row(done)


async def _found(principal: Principal, task_id: int) -> tuple[Broker, CallerIdentity, LiveTask]:
    broker = current_broker()
    caller = await broker.identities.of(principal)
    task = broker.journal.tasks.get(task_id)
    if task is None:
        task = (await broker.store.tasks_by_id([task_id])).get(task_id)
    if task is None or task.organization_id != caller.organization_id:
        raise NotFound()
    return broker, caller, task


async def _controlled(
    principal: Principal, task_id: int
) -> tuple[Broker, CallerIdentity, LiveTask]:
    broker, caller, task = await _found(principal, task_id)
    authorize(principal, "task.control", task.caller_id == caller.caller_id)
    return broker, caller, task


def _without_history(row: Task) -> Task:
    """Spare a new task's reader the search for events it cannot have yet."""
    nothing = {"events": TaskEvent.objects.none(), "instructs": Instruct.objects.none()}
    setattr(row, "_prefetched_objects_cache", nothing)  # noqa: B010 - Django's own, untyped
    return row


def task_row(task: LiveTask) -> Task:
    """Return the model of a task as known here; related objects load when they are asked for."""
    row = Task(
        id=task.id,
        organization_id=task.organization_id,
        caller_id=task.caller_id,
        reference=task.reference,
        action_id=task.action_id,
        implementation_id=task.implementation_id,
        agent_id=task.agent_id,
        root_id=task.root_id,
        parent_id=task.parent_id,
        parent_step=task.parent_step,
        call_key=task.call_key,
        args=msgspec.json.decode(task.args),
        dependencies=msgspec.json.decode(task.dependencies),
        dependency=task.dependency,
        dependency_method=task.method,
        args_hash=task.args_hash,
        policy=str(task.policy),
        capture=bool(task.capture),
        step=task.step,
        message=task.message,
        not_before=task.not_before,
        latest_kind=str(task.state.kind),
        latest_instruct=task.latest_instruct,
        latest_progress=task.state.progress,
        is_done=task.state.is_done,
        last_step=task.last_step,
        revision=task.revision,
        created_at=task.created_at,
        updated_at=datetime.fromtimestamp(time.time(), UTC),
    )
    row._state.adding = False
    row._state.db = "default"
    return row
