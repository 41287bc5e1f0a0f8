"""The life of a task: a table of cases, and what holds under any order of events."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rekuest_server.domain.kinds import MIRRORED, TERMINAL, EventKind
from rekuest_server.domain.task_state import (
    STATES,
    TABLE,
    Refusal,
    TaskState,
    Transition,
    transition,
)

K = EventKind
REPORTS = [kind for kind, row in TABLE.items() if row.is_report]
ORDERS = [kind for kind, row in TABLE.items() if not row.is_report]


def state(kind: K, *, picked_up: bool = True) -> TaskState:
    return TaskState(kind=kind, picked_up=picked_up)


def after(before: TaskState, event: K, **options: object) -> K:
    moved = transition(before, event, **options)  # type: ignore[arg-type]
    assert isinstance(moved, Transition), moved
    return moved.state.kind


@pytest.mark.parametrize(
    ("before", "event", "expected"),
    [
        (K.QUEUED, K.STARTED, K.STARTED),
        (K.STARTED, K.PROGRESS, K.STARTED),
        (K.STARTED, K.PAUSING, K.PAUSING),
        (K.PAUSING, K.PAUSED, K.PAUSED),
        (K.PAUSED, K.RESUMING, K.RESUMING),
        (K.RESUMING, K.RESUMED, K.RESUMED),
        (K.STARTED, K.HELD, K.HELD),
        (K.HELD, K.DECIDED, K.DECIDED),
        (K.STARTED, K.CANCELLING, K.CANCELLING),
        (K.CANCELLING, K.INTERRUPTING, K.INTERRUPTING),
        (K.CANCELLING, K.PAUSED, K.CANCELLING),
        (K.INTERRUPTING, K.STARTED, K.INTERRUPTING),
        (K.CANCELLING, K.COMPLETED, K.COMPLETED),
        (K.STARTED, K.LOST, K.LOST),
    ],
)
def test_events_lead_where_the_table_says(before: K, event: K, expected: K) -> None:
    assert after(state(before), event) == expected


@pytest.mark.parametrize(
    ("before", "event"),
    [
        (K.QUEUED, K.PAUSING),
        (K.STARTED, K.RESUMING),
        (K.STARTED, K.DECIDED),
        (K.STARTED, K.DENIED),
        (K.INTERRUPTING, K.CANCELLING),
        (K.PAUSED, K.PAUSING),
        (K.STARTED, K.UNASSIGN),
        (K.STARTED, K.LATE_REPORT),
    ],
)
def test_what_does_not_fit_is_refused(before: K, event: K) -> None:
    assert transition(state(before), event) is Refusal.NOT_NOW


def test_a_control_of_a_task_that_was_not_started_needs_no_pause() -> None:
    for event in (K.PAUSING, K.RESUMING):
        for kind in (K.DECIDED, K.PAUSED):
            assert transition(state(kind, picked_up=False), event) is Refusal.NOT_NOW


def test_a_held_child_can_be_denied_but_a_running_task_cannot() -> None:
    assert after(state(K.HELD, picked_up=False), K.DENIED) == K.DENIED
    assert transition(state(K.HELD), K.DENIED) is Refusal.NOT_NOW


@pytest.mark.parametrize(
    ("before", "recorded"), [(K.CANCELLING, K.CANCELLED), (K.INTERRUPTING, K.INTERRUPTED)]
)
def test_critical_of_a_task_never_started_confirms_its_end(before: K, recorded: K) -> None:
    moved = transition(state(before, picked_up=False), K.CRITICAL)
    assert isinstance(moved, Transition)
    assert (moved.recorded_as, moved.state.kind) == (recorded, recorded)
    assert after(state(before), K.CRITICAL) == K.CRITICAL


@pytest.mark.parametrize("terminal", sorted(TERMINAL))
def test_after_the_end_reports_are_notes_and_orders_are_refused(terminal: K) -> None:
    done = state(terminal)
    for event in REPORTS:
        moved = transition(done, event, progress=99)
        assert moved == Transition(done, K.LATE_REPORT)
    for event in ORDERS:
        assert transition(done, event) is Refusal.FINISHED


def test_the_servers_own_hold_is_no_pick_up() -> None:
    moved = transition(state(K.QUEUED, picked_up=False), K.HELD, by_agent=False)
    assert isinstance(moved, Transition)
    assert not moved.state.picked_up


def test_every_kind_is_in_the_table_or_never_happens() -> None:
    assert set(K) - set(TABLE) == {K.UNASSIGN, K.LATE_REPORT}
    assert {row.target for row in TABLE.values() if row.target} <= STATES
    assert TERMINAL <= MIRRORED


class TaskLife(RuleBasedStateMachine):
    """Any events in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state = TaskState()
        self.first_end: K | None = None
        self.highest: int | None = None

    @rule(event=st.sampled_from(list(K)), progress=st.none() | st.integers(0, 100))
    def happen(self, event: K, progress: int | None) -> None:
        before = self.state
        moved = transition(before, event, progress=progress)
        if isinstance(moved, Refusal):
            assert not TABLE[event].is_report if event in TABLE else True
            return
        self.state = moved.state
        if before.is_done:
            assert moved.state == before
            assert moved.recorded_as is K.LATE_REPORT
            return
        assert moved.recorded_as is not K.LATE_REPORT
        if progress is not None and TABLE[event].is_report:
            self.highest = progress if self.highest is None else max(self.highest, progress)
        if self.state.is_done:
            self.first_end = self.state.kind
        assert not before.picked_up or self.state.picked_up

    @invariant()
    def the_first_end_stays(self) -> None:
        if self.first_end is not None:
            assert self.state.kind is self.first_end

    @invariant()
    def progress_never_sinks(self) -> None:
        assert self.state.progress == self.highest

    @invariant()
    def the_state_is_one_of_the_states(self) -> None:
        assert self.state.kind in STATES


TestTaskLife = TaskLife.TestCase
