"""Frames made of tasks and events: ASSIGN, and the mirrors a caller's agent gets."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from rekuest_server.adapters.batch import EventRow
from rekuest_server.adapters.store import StoredEvent
from rekuest_server.domain.kinds import MIRRORED, EventKind
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.wire import outbound

_NO_JSON = (b"null", b"")


def assign_frame(
    task: LiveTask,
    *,
    takes_state_requires: bool,
    token: str | None = None,
    resume: outbound.Journal | None = None,
) -> str:
    """Return the ASSIGN of a task."""
    requires: list[Any] = msgspec.json.decode(task.state_requires) if takes_state_requires else []
    return outbound.encode(
        outbound.Assign(
            interface=task.interface,
            task=task.name,
            args=Raw(task.args),
            user=task.user,
            org=task.organization_slug,
            action=task.action_hash,
            implementation=str(task.implementation_id),
            root=_text(task.root_id),
            parent=_text(task.parent_id),
            reference=task.reference,
            resolution=_text(task.resolution_id),
            token=token,
            message=task.message,
            step=task.step,
            capture=task.capture,
            resume=resume,
            state_requires=requires,
        )
    )


def control_frame(kind: str, name: str, *, step: bool = False) -> str:
    """Return the frame of a control by its kind, for the run of that name."""
    message: outbound.ToAgent
    match kind:
        case "CANCEL":
            message = outbound.Cancel(task=name)
        case "INTERRUPT":
            message = outbound.Interrupt(task=name)
        case "PAUSE":
            message = outbound.Pause(task=name)
        case _:
            message = outbound.Resume(task=name, step=step)
    return outbound.encode(message)


def mirror_of_row(row: EventRow, seq: int) -> str | None:
    """Return the mirror of an event that was just written."""
    return _mirror(row.k, row.t, seq, row.m, row.p, row.l, row.r, row.v)


def mirror_of_probe(row: EventRow, probe: str, seq: int) -> str | None:
    """Return the mirror of what happened to a probe, which has no row."""
    return _mirror(row.k, probe, seq, row.m, row.p, row.l, row.r, row.v)


def mirror_of_stored(event: StoredEvent) -> str | None:
    """Return the mirror of an event that was read back; equal to the first one but for its id."""
    return _mirror(
        event.kind,
        event.task_id,
        event.id,
        event.message,
        event.progress,
        event.level,
        None if event.returns is None else Raw(event.returns.encode()),
        None if event.value is None else Raw(event.value.encode()),
    )


def _mirror(
    kind: str,
    task_id: int | str,
    seq: int,
    message: str | None,
    progress: int | None,
    level: str,
    returns: Raw | None,
    value: Raw | None,
) -> str | None:
    if kind not in MIRRORED:
        return None
    mirror = outbound.Mirror(type=f"{kind}_EVENT", task=str(task_id), event=str(seq), seq=seq)
    match kind:
        case EventKind.PROGRESS:
            mirror.progress, mirror.message = progress, message
        case EventKind.LOG:
            mirror.message, mirror.level = message, level
        case EventKind.YIELD:
            mirror.returns = returns
        case EventKind.FAILED | EventKind.CRITICAL:
            mirror.error = message
            mirror.code = _member(value, "code")
        case EventKind.HELD:
            prompt = _member(value, "prompt")
            mirror.prompt = None if prompt is None else Raw(msgspec.json.encode(prompt))
        case EventKind.DENIED:
            mirror.answer = message
        case EventKind.LOST:
            mirror.started = _member(value, "started")
            mirror.last_progress = _member(value, "last_progress")
            mirror.effects = _member(value, "effects")
            mirror.reason = _member(value, "reason")
    return outbound.encode(mirror)


def _member(value: Raw | None, name: str) -> Any:
    if value is None or bytes(value) in _NO_JSON:
        return None
    document = msgspec.json.decode(value)
    return document.get(name) if isinstance(document, dict) else None


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
