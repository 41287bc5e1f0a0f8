"""The words of the task protocol as enumerations."""

from __future__ import annotations

from enum import StrEnum

from chassis.definitions.kinds import Effects as Effects
from chassis.definitions.kinds import Execution as Execution


class EventKind(StrEnum):
    """What can happen to a task. Only these may reach a client (its enumeration is closed)."""

    BOUND = "BOUND"
    QUEUED = "QUEUED"
    STARTED = "STARTED"
    PROGRESS = "PROGRESS"
    DELEGATE = "DELEGATE"
    UNASSIGN = "UNASSIGN"
    YIELD = "YIELD"
    COMPLETED = "COMPLETED"
    LOG = "LOG"
    EFFECT = "EFFECT"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    INTERRUPTING = "INTERRUPTING"
    INTERRUPTED = "INTERRUPTED"
    PAUSING = "PAUSING"
    PAUSED = "PAUSED"
    RESUMING = "RESUMING"
    RESUMED = "RESUMED"
    HELD = "HELD"
    DECIDED = "DECIDED"
    DENIED = "DENIED"
    FAILED = "FAILED"
    CRITICAL = "CRITICAL"
    LOST = "LOST"
    LATE_REPORT = "LATE_REPORT"


TERMINAL = frozenset(
    {
        EventKind.COMPLETED,
        EventKind.FAILED,
        EventKind.CRITICAL,
        EventKind.CANCELLED,
        EventKind.INTERRUPTED,
        EventKind.LOST,
        EventKind.DENIED,
    }
)

#: Kinds the caller's agent has a `<KIND>_EVENT` message for; others are not mirrored.
MIRRORED = frozenset(EventKind) - {
    EventKind.UNASSIGN,
    EventKind.EFFECT,
    EventKind.DECIDED,
    EventKind.LATE_REPORT,
}


class InstructKind(StrEnum):
    """What a caller can tell a task."""

    ASSIGN = "ASSIGN"
    CANCEL = "CANCEL"
    RESUME = "RESUME"
    PAUSE = "PAUSE"
    INTERRUPT = "INTERRUPT"
    COLLECT = "COLLECT"


class Policy(StrEnum):
    """Whether a person is asked before each step of a run."""

    ASK = "ASK"
    AUTO = "AUTO"


class LogLevel(StrEnum):
    """Severity of a LOG event; never null on the wire."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    ERROR = "ERROR"
    WARN = "WARN"
    CRITICAL = "CRITICAL"
