"""Controls of a task, whoever asks: a caller over GraphQL, a parent's agent, or a timer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chassis.errors import Conflict
from rekuest_server.adapters import statements
from rekuest_server.domain.errors import TaskFinished
from rekuest_server.domain.kinds import EventKind
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.entries import FactEntry, InstructNote
from rekuest_server.operations.frames import control_frame
from rekuest_server.wire import outbound


async def cancel(
    broker: Broker,
    task: LiveTask,
    *,
    caller_id: int | None = None,
    interrupt_at: float | None = None,
) -> LiveTask:
    """Cancel a task: at once if no agent has been told of it, else by asking the agent."""
    if _is_undelivered(broker, task):
        entry = FactEntry(task.id, EventKind.CANCELLED, message="Cancelled before it was started.")
        return await broker.journal.record(entry)
    note = _note("CANCEL", task, caller_id)
    entry = FactEntry(task.id, EventKind.CANCELLING, instruct=note, interrupt_at=interrupt_at)
    return await broker.journal.record(entry)


async def interrupt(broker: Broker, task: LiveTask, *, caller_id: int | None = None) -> LiveTask:
    """Interrupt a task and every open task below it."""
    subtree = await broker.store.tasks(statements.OPEN_SUBTREE, {"id": task.id})
    if all(below.id != task.id for below in subtree):
        raise TaskFinished()
    result = task
    for below in subtree:
        try:
            done = await _interrupt_one(broker, below, caller_id)
        except Conflict:
            if below.id == task.id:
                raise
            continue  # it has finished meanwhile
        if done.id == task.id:
            result = done
    return result


async def _interrupt_one(broker: Broker, task: LiveTask, caller_id: int | None) -> LiveTask:
    if _is_undelivered(broker, task):
        entry = FactEntry(
            task.id, EventKind.INTERRUPTED, message="Interrupted before it was started."
        )
    else:
        note = _note("INTERRUPT", task, caller_id)
        entry = FactEntry(task.id, EventKind.INTERRUPTING, instruct=note)
    return await broker.journal.record(entry)


async def pause(broker: Broker, task: LiveTask, *, caller_id: int | None = None) -> LiveTask:
    """Ask for a pause at the next pause point."""
    entry = FactEntry(task.id, EventKind.PAUSING, instruct=_note("PAUSE", task, caller_id))
    return await broker.journal.record(entry)


async def resume(
    broker: Broker, task: LiveTask, *, caller_id: int | None = None, step: bool = False
) -> LiveTask:
    """Let a task go on; with `step` to the next pause point only."""
    note = _note("RESUME", task, caller_id, step=step)
    return await broker.journal.record(FactEntry(task.id, EventKind.RESUMING, instruct=note))


async def decide(
    broker: Broker,
    task: LiveTask,
    *,
    approved: bool,
    user: str,
    answer: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> LiveTask:
    """Answer a hold in a user's name: a denied child ends, a running task hears it and goes on."""
    value = msgspec.json.encode(
        {"approved": approved, "answer": answer, "auto": False, "user": user, "values": values}
    )
    if not task.state.picked_up:
        kind = EventKind.DECIDED if approved else EventKind.DENIED
        entry = FactEntry(task.id, kind, message=answer, value=value, answer=answer)
        return await broker.journal.record(entry)
    frame = outbound.encode(
        outbound.Decide(
            task=task.name,
            approved=approved,
            answer=answer,
            values=None if values is None else dict(values),
        )
    )
    entry = FactEntry(task.id, EventKind.DECIDED, message=answer, value=value, decide_frame=frame)
    return await broker.journal.record(entry)


def _is_undelivered(broker: Broker, task: LiveTask) -> bool:
    """Tell whether no agent can have heard of the task on a living connection."""
    if task.state.picked_up:
        return False
    if task.state.kind is EventKind.HELD:
        return True
    link = broker.hub.link_of(task.agent_id)
    return link is None or task.id not in link.awaiting


def _note(kind: str, task: LiveTask, caller_id: int | None, *, step: bool = False) -> InstructNote:
    return InstructNote(
        kind=kind, frame=control_frame(kind, task.name, step=step), step=step, caller_id=caller_id
    )
