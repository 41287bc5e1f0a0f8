"""The row that a report of an agent becomes, and the letter one becomes that cannot be used."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from rekuest_server.adapters import statements
from rekuest_server.adapters.batch import EventRow, Extra
from rekuest_server.domain.kinds import LogLevel
from rekuest_server.operations.entries import ReportEntry
from rekuest_server.operations.ids import parse_task
from rekuest_server.wire import inbound

_LEVELS = frozenset(LogLevel)


def event_of(frame: inbound.TaskReport) -> EventRow:
    """Turn a report into the row of its event."""
    kind = frame.__struct_config__.tag
    event = EventRow(n=0, t=0, k=str(kind))
    match frame:
        case inbound.Progress():
            event.m = frame.message
            event.p = None if frame.progress is None else int(frame.progress)
        case inbound.Log():
            event.m = frame.message or ""
            event.l = frame.level if frame.level in _LEVELS else LogLevel.INFO
        case inbound.Yield():
            event.r = frame.returns
        case inbound.Effect():
            event.e, event.y, event.v = frame.effect, frame.key, frame.value
        case inbound.Failed():
            event.m = frame.error
            if frame.code is not None:
                event.v = Raw(msgspec.json.encode({"code": frame.code}))
        case inbound.Critical():
            event.m = frame.error
        case inbound.Paused():
            event.m, event.v = frame.message, frame.details
        case inbound.Held():
            event.m = frame.message
            event.v = Raw(
                msgspec.json.encode(
                    {
                        "kind": "self",
                        "prompt": frame.prompt,
                        "details": frame.details,
                        "blok": frame.blok,
                    }
                )
            )
    return event


def letter_of(
    entry: ReportEntry, reason: str, frame: inbound.TaskReport | inbound.Poison, limit: int
) -> Extra:
    """Return what sets a frame aside, cut to what is kept of it."""
    text = frame.text if isinstance(frame, inbound.Poison) else msgspec.json.encode(frame).decode()
    return Extra(
        statements.ADD_DEAD_LETTER,
        {
            "agent": entry.link.agent_id,
            "session": entry.session.session_id if entry.session else None,
            "pos": entry.pos,
            "task": parse_task(frame.task) if frame.task else None,
            "reason": reason[:2000],
            "frame": _storable(text, limit),
            "size": entry.size,
        },
    )


def _storable(text: str, limit: int) -> str:
    clean = text.replace("\x00", "\\u0000").encode("utf8", "replace").decode()
    return clean[:limit]
