"""Frames made of tasks and events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lives import live_task
from msgspec import Raw

from chassis import clock
from rekuest_server.adapters.batch import EventRow
from rekuest_server.adapters.store import StoredEvent
from rekuest_server.domain.kinds import MIRRORED, EventKind
from rekuest_server.operations.frames import (
    assign_frame,
    control_frame,
    mirror_of_row,
    mirror_of_stored,
)
from rekuest_server.wire import outbound


def test_assign_says_all_an_agent_needs() -> None:
    task = live_task(
        7,
        args=b'{"a": 1}',
        root_id=5,
        parent_id=6,
        resolution_id=3,
        message="go on",
        step=True,
        capture=True,
    )
    frame = json.loads(assign_frame(task, takes_state_requires=False))
    assert frame["type"] == "ASSIGN"
    assert (frame["task"], frame["interface"], frame["args"]) == ("7", "add", {"a": 1})
    assert (frame["user"], frame["org"]) == ("ada", "lab")
    assert (frame["action"], frame["implementation"]) == ("h", "21")
    assert (frame["root"], frame["parent"], frame["resolution"]) == ("5", "6", "3")
    assert (frame["message"], frame["step"], frame["capture"]) == ("go on", True, True)
    assert frame["reference"] == "7"


def test_a_root_has_no_parent_in_its_assign() -> None:
    frame = json.loads(assign_frame(live_task(), takes_state_requires=False))
    assert frame.get("parent") is None
    assert frame.get("root") is None
    assert frame.get("resume") is None


@pytest.mark.parametrize(("takes", "shown"), [(True, [{"state": "s"}]), (False, [])])
def test_conditions_go_only_to_agents_that_know_them(takes: bool, shown: list[Any]) -> None:
    task = live_task(state_requires=b'[{"state": "s"}]')
    assert json.loads(assign_frame(task, takes_state_requires=takes))["state_requires"] == shown


def test_a_resume_carries_what_was_recorded() -> None:
    effects = [outbound.RecordedEffect("k", "NOW", Raw(b"1.5"))]
    journal = outbound.Journal(last_step=4, effects=effects)
    frame = json.loads(assign_frame(live_task(), takes_state_requires=False, resume=journal))
    assert frame["resume"]["last_step"] == 4
    assert frame["resume"]["effects"] == [{"key": "k", "effect": "NOW", "value": 1.5}]


@pytest.mark.parametrize("kind", ["CANCEL", "INTERRUPT", "PAUSE", "RESUME"])
def test_a_control_names_its_task(kind: str) -> None:
    frame = json.loads(control_frame(kind, "9", step=True))
    assert (frame["type"], frame["task"]) == (kind, "9")
    assert frame.get("step") is (True if kind == "RESUME" else None)


JSON = st.none() | st.dictionaries(
    st.sampled_from(["code", "prompt", "started", "last_progress", "effects", "reason", "x"]),
    st.none() | st.integers(0, 100) | st.text(max_size=5) | st.booleans(),
    max_size=5,
)


@given(
    st.sampled_from(list(EventKind)),
    st.none() | st.text(max_size=10),
    st.none() | st.integers(0, 100),
    JSON,
    JSON,
)
def test_a_mirror_is_the_same_when_it_is_sent_again(
    kind: EventKind, message: str | None, progress: int | None, returns: Any, value: Any
) -> None:
    def text(document: Any) -> str | None:
        return None if document is None else json.dumps(document)

    shown, kept = text(returns), text(value)
    row = EventRow(
        n=0,
        t=3,
        k=kind,
        m=message,
        p=progress,
        r=None if shown is None else Raw(shown.encode()),
        v=None if kept is None else Raw(kept.encode()),
    )
    stored = StoredEvent(8, 3, kind, message, progress, shown, kept, "INFO", None, clock.now())
    first, again = mirror_of_row(row, 8), mirror_of_stored(stored)
    assert (first is None) is (kind not in MIRRORED)
    if first is None or again is None:
        assert first is again
        return
    one, two = json.loads(first), json.loads(again)
    one.pop("id", None), two.pop("id", None)
    assert one == two
    assert (one["type"], one["task"], one["event"], one["seq"]) == (f"{kind}_EVENT", "3", "8", 8)
    if kind is EventKind.YIELD:
        assert one.get("returns") == returns
    if kind in (EventKind.FAILED, EventKind.CRITICAL):
        assert one.get("error") == message
