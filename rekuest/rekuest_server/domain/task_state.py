"""The life of a task: which event moves it where, as one table. No I/O.

The first terminal event wins. What an agent says afterwards is kept as LATE_REPORT; what a caller
asks afterwards is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from rekuest_server.domain.kinds import TERMINAL, EventKind

K = EventKind

#: States a task can be in; each is named by the event that led there.
WAITING = frozenset({K.QUEUED, K.HELD, K.DECIDED})
RUNNING = frozenset({K.STARTED, K.RESUMED, K.DECIDED, K.HELD, K.PAUSING, K.PAUSED, K.RESUMING})
ENDING = frozenset({K.CANCELLING, K.INTERRUPTING})
STATES = WAITING | RUNNING | ENDING | TERMINAL


class Refusal(Enum):
    """Why an event does not apply."""

    FINISHED = "finished"
    NOT_NOW = "not now"


@dataclass(frozen=True, slots=True)
class TaskState:
    """What the state machine needs to know of a task."""

    kind: EventKind = K.QUEUED
    progress: int | None = None
    picked_up: bool = False

    @property
    def is_done(self) -> bool:
        """Whether the task has reached its terminal event."""
        return self.kind in TERMINAL


@dataclass(frozen=True, slots=True)
class Transition:
    """The state after an event and the kind the event is recorded as."""

    state: TaskState
    recorded_as: EventKind


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: `sources` lists the states that take the event."""

    sources: frozenset[EventKind]
    #: None: the event is recorded and the state stays.
    target: EventKind | None
    #: A report of the agent; it always is recorded, at the least as a note.
    is_report: bool


_OPEN = STATES - TERMINAL
_ALIVE = _OPEN - ENDING

TABLE: dict[EventKind, Row] = {
    # reports of the agent
    K.STARTED: Row(_ALIVE, K.STARTED, True),
    K.PROGRESS: Row(_OPEN, None, True),
    K.LOG: Row(_OPEN, None, True),
    K.YIELD: Row(_OPEN, None, True),
    K.EFFECT: Row(_OPEN, None, True),
    K.PAUSED: Row(_ALIVE, K.PAUSED, True),
    K.RESUMED: Row(_ALIVE, K.RESUMED, True),
    K.HELD: Row(_ALIVE, K.HELD, True),
    K.COMPLETED: Row(_OPEN, K.COMPLETED, True),
    K.FAILED: Row(_OPEN, K.FAILED, True),
    K.CRITICAL: Row(_OPEN, K.CRITICAL, True),
    K.CANCELLED: Row(_OPEN, K.CANCELLED, True),
    K.INTERRUPTED: Row(_OPEN, K.INTERRUPTED, True),
    # wishes of a caller
    K.CANCELLING: Row(_ALIVE | {K.CANCELLING}, K.CANCELLING, False),
    K.INTERRUPTING: Row(_OPEN, K.INTERRUPTING, False),
    K.PAUSING: Row(RUNNING - {K.PAUSED}, K.PAUSING, False),
    K.RESUMING: Row(frozenset({K.PAUSING, K.PAUSED, K.RESUMING}), K.RESUMING, False),
    # decisions of a person, or of the server under policy AUTO
    K.DECIDED: Row(frozenset({K.HELD}), K.DECIDED, False),
    K.DENIED: Row(frozenset({K.HELD}), K.DENIED, False),
    # facts the server finds
    K.QUEUED: Row(_ALIVE, K.QUEUED, False),
    K.BOUND: Row(_OPEN, None, False),
    K.DELEGATE: Row(_OPEN, None, False),
    K.LOST: Row(_OPEN, K.LOST, False),
}

_NEVER_STARTED_ENDS = {K.CANCELLING: K.CANCELLED, K.INTERRUPTING: K.INTERRUPTED}
_STARTED_ONLY = frozenset({K.PAUSING, K.RESUMING})
_UNSTARTED_ONLY = frozenset({K.DENIED})


def transition(
    state: TaskState,
    event: EventKind,
    *,
    progress: int | None = None,
    by_agent: bool = True,
) -> Transition | Refusal:
    """Apply an event to a task; `by_agent` is false if the server itself says it.

    Reports are never refused: a report that cannot change the state any more is recorded as it is,
    and after the end as LATE_REPORT. Everything else is refused where it does not fit.
    """
    row = TABLE.get(event)
    if row is None:
        return Refusal.NOT_NOW
    if state.is_done:
        return Transition(state, K.LATE_REPORT) if row.is_report else Refusal.FINISHED
    if row.is_report:
        return _report(state, event, row, progress, by_agent)
    if state.kind not in row.sources:
        return Refusal.NOT_NOW
    if event in _STARTED_ONLY and not state.picked_up:
        return Refusal.NOT_NOW
    if event in _UNSTARTED_ONLY and state.picked_up:
        return Refusal.NOT_NOW
    return Transition(replace(state, kind=row.target or state.kind), event)


def _report(
    state: TaskState, event: EventKind, row: Row, progress: int | None, by_agent: bool
) -> Transition:
    recorded = event
    if event is K.CRITICAL and not state.picked_up:
        # The agent does not know a task it never took: that is how a cancel of it is confirmed.
        recorded = _NEVER_STARTED_ENDS.get(state.kind, event)
    target = state.kind
    if recorded in TERMINAL:
        target = recorded
    elif row.target is not None and state.kind in row.sources:
        target = row.target
    return Transition(
        TaskState(
            kind=target,
            progress=_risen(state.progress, progress),
            # A terminal report can come without a pick-up; every other one implies it.
            picked_up=state.picked_up or (by_agent and recorded not in TERMINAL),
        ),
        recorded,
    )


def _risen(known: int | None, reported: int | None) -> int | None:
    if reported is None:
        return known
    # The answer to an inquiry is PROGRESS 0: it must not take back what was reached.
    return reported if known is None else max(known, reported)
