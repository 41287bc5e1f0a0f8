"""When a failure is followed by another run, and after which pause."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lives import live_task

from rekuest_server.domain.kinds import EventKind, Execution
from rekuest_server.domain.live_task import run_name
from rekuest_server.domain.retry import (
    LONGEST_PAUSE_SECONDS,
    RetryRule,
    Verdict,
    judge,
    pause_before,
    question,
)
from rekuest_server.domain.task_state import TaskState

STARTED = TaskState(kind=EventKind.STARTED, picked_up=True, progress=40)


def rule(**changes: Any) -> RetryRule:
    values: dict[str, Any] = {
        "max_retries": 2,
        "seconds": 1.0,
        "outcomes": frozenset({"CRITICAL"}),
    }
    return RetryRule(**(values | changes))


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ("NONE", Verdict.AGAIN),
        ("REPEATABLE", Verdict.AGAIN),
        ("IRREVERSIBLE", Verdict.ASK),
        ("UNKNOWN", Verdict.END),
    ],
)
def test_declared_effects_decide(effects: str, expected: Verdict) -> None:
    assert judge(live_task(state=STARTED, effects=effects), "CRITICAL", rule()) is expected


@pytest.mark.parametrize(
    ("task", "rules"),
    [
        ({"retries": 2}, {}),
        ({}, {"max_retries": 0}),
        ({}, {"outcomes": frozenset({"FAILED"})}),
        ({}, {"has_yielded": True}),
        ({"execution": Execution.WORKFLOW}, {}),
        ({"state": TaskState()}, {}),
        ({"state": TaskState(kind=EventKind.CANCELLING, picked_up=True)}, {}),
        ({"state": TaskState(kind=EventKind.INTERRUPTING, picked_up=True)}, {}),
        ({"state": TaskState(kind=EventKind.LOST, picked_up=True)}, {}),
    ],
)
def test_everything_else_ends_as_it_failed(task: dict[str, Any], rules: dict[str, Any]) -> None:
    found = judge(live_task(**({"state": STARTED} | task)), "CRITICAL", rule(**rules))
    assert found is Verdict.END


@given(st.integers(1, 10_000), st.floats(0.001, LONGEST_PAUSE_SECONDS))
def test_pauses_double_up_to_a_day(retry: int, seconds: float) -> None:
    given_rule = rule(seconds=seconds)
    now, then = (
        pause_before(min(retry, 1000), given_rule),
        pause_before(min(retry, 1000) + 1, given_rule),
    )
    assert then == min(now * 2, LONGEST_PAUSE_SECONDS)
    assert pause_before(1, given_rule) == seconds


def test_every_run_has_a_name_of_its_own() -> None:
    assert [run_name(7, retries) for retries in range(3)] == ["7", "7-1", "7-2"]


def test_a_person_is_told_what_is_known() -> None:
    task = live_task(state=STARTED, effects="IRREVERSIBLE")
    asked = question(task, verb="failed", agent="stage", reason="stuck", states={"x": 1})
    assert asked["prompt"]["title"].startswith("stage failed at 40 % doing")
    assert asked["details"]["states"] == {"x": 1}
    assert asked["details"]["reason"] == "stuck"
