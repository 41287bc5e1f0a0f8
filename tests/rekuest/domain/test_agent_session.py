"""Admission, journals and recovery: the agent session without a socket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekuest_server.domain.agent_session import (
    Admission,
    Arrival,
    Incumbent,
    JournalCursor,
    OpenTask,
    Recovery,
    admit,
    recover,
)
from rekuest_server.domain.kinds import EventKind, Execution
from rekuest_server.domain.task_state import TaskState


@pytest.mark.parametrize(
    ("incumbent", "force", "blocked", "expected"),
    [
        (None, False, False, Admission.WELCOME),
        (None, True, True, Admission.BLOCKED),
        (Incumbent("other", False), False, False, Admission.WELCOME),
        (Incumbent("mine", True), False, False, Admission.TAKE_OVER),
        (Incumbent("mine", True), True, False, Admission.TAKE_OVER),
        (Incumbent("other", True), False, False, Admission.BUSY),
        (Incumbent("other", True), True, False, Admission.DISPLACE),
    ],
)
def test_admission(
    incumbent: Incumbent | None, force: bool, blocked: bool, expected: Admission
) -> None:
    answer = admit(session_id="mine", force=force, blocked=blocked, incumbent=incumbent)
    assert answer is expected


def test_a_journal_counts_one_by_one() -> None:
    cursor = JournalCursor(last_pos=3)
    assert [cursor.take(pos) for pos in (4, 5, 5, 1, 6)] == [
        Arrival.NEXT,
        Arrival.NEXT,
        Arrival.DUPLICATE,
        Arrival.DUPLICATE,
        Arrival.NEXT,
    ]


def test_a_gap_stops_the_journal_until_the_resend() -> None:
    cursor = JournalCursor(last_pos=3)
    assert cursor.take(6) is Arrival.GAP
    assert cursor.take(7) is Arrival.AHEAD
    resent = JournalCursor(last_pos=3, gap_pos=cursor.gap_pos)
    assert resent.take(6) is Arrival.LOST_GAP
    assert resent.take(7) is Arrival.NEXT


def test_a_gap_that_the_resend_fills_leaves_no_trace() -> None:
    resent = JournalCursor(last_pos=3, gap_pos=4)
    assert [resent.take(pos) for pos in (4, 5, 6)] == [Arrival.NEXT] * 3
    assert resent.take(9) is Arrival.GAP


@given(st.lists(st.integers(1, 30), max_size=60), st.integers(0, 10))
def test_whatever_arrives_counts_at_most_once_and_in_order(
    positions: list[int], last_pos: int
) -> None:
    cursor = JournalCursor(last_pos=last_pos)
    taken = [pos for pos in positions if cursor.take(pos) in (Arrival.NEXT, Arrival.LOST_GAP)]
    assert taken == sorted(set(taken))
    assert all(pos > last_pos for pos in taken)


@given(st.integers(1, 30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6))
def test_resending_from_the_last_acknowledged_frame_loses_nothing(
    last: int, cuts: list[tuple[int, int]]
) -> None:
    """Cut the connection anywhere, any number of times: every frame counts exactly once."""
    projected: list[int] = []
    for acknowledged, cut in [*cuts, (0, last)]:
        cursor = JournalCursor(last_pos=len(projected))
        # At most what is projected can have been acknowledged; the rest is sent again.
        for pos in range(min(acknowledged, len(projected)) + 1, min(cut, last) + 1):
            if cursor.take(pos) is Arrival.NEXT:
                projected.append(pos)
    assert projected == list(range(1, last + 1))


def open_task(**changes: object) -> OpenTask:
    values: dict[str, object] = {
        "state": TaskState(kind=EventKind.STARTED, picked_up=True),
        "same_session": False,
        "execution": Execution.PLAIN,
        "code_hash": None,
        "current_code_hash": None,
    }
    return OpenTask(**(values | changes))  # type: ignore[arg-type]


WAITING = TaskState(kind=EventKind.QUEUED)
WORKFLOW = {"execution": Execution.WORKFLOW, "code_hash": "c", "current_code_hash": "c"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": WAITING}, Recovery.DELIVER),
        ({"state": WAITING, "same_session": True}, Recovery.DELIVER),
        ({"state": TaskState(kind=EventKind.HELD)}, Recovery.NOTHING),
        ({"state": TaskState(kind=EventKind.DECIDED)}, Recovery.DELIVER),
        ({"same_session": True}, Recovery.INQUIRE),
        ({"same_session": True, **WORKFLOW}, Recovery.INQUIRE),
        ({}, Recovery.LOSE),
        ({"code_hash": "c", "current_code_hash": "c"}, Recovery.LOSE),
        (WORKFLOW, Recovery.RESUME),
        (WORKFLOW | {"current_code_hash": "d"}, Recovery.LOSE),
        (WORKFLOW | {"code_hash": None, "current_code_hash": None}, Recovery.LOSE),
        (WORKFLOW | {"is_retired": True}, Recovery.LOSE),
    ],
)
def test_recovery(changes: dict[str, object], expected: Recovery) -> None:
    assert recover(open_task(**changes)) is expected
