"""From entries to rows: what one batch writes, and what is to be told after it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lives import live_task

from rekuest_server.domain.kinds import EventKind, Policy
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.domain.task_state import TaskState
from rekuest_server.operations.entries import (
    FactEntry,
    InstructNote,
    ReportEntry,
    SessionHandle,
)
from rekuest_server.operations.projection import Projection
from rekuest_server.wire import inbound

LIMIT = 2000
K = EventKind


class Link:
    agent_id = 1
    session_id = "s"
    session_row = 10
    epoch = 1

    def __init__(self) -> None:
        self.awaiting: dict[int, float] = {1: 0.0}


class Case:
    """One agent's journal and a projection over some tasks."""

    def __init__(self, *tasks: LiveTask) -> None:
        self.known = {task.id: task for task in tasks}
        self.projection = Projection(self.known, LIMIT)
        self.link = Link()
        self.handle = SessionHandle(10, "s", 0)
        self.pos = 0

    def report(self, kind: str, task: int = 1, *, pos: int | None = None, **fields: Any) -> None:
        self.pos = self.pos + 1 if pos is None else pos
        frame = {"type": kind, "task": str(task), "pos": self.pos, "journal_session": "s"}
        text = json.dumps(frame | fields)
        parsed = inbound.parse(text)
        entry = ReportEntry(self.link, parsed, len(text), session=self.handle, pos=self.pos)  # type: ignore[arg-type]
        self.projection.add(entry)

    async def fact(self, kind: K, **changes: Any) -> FactEntry:
        entry = FactEntry(1, kind, **changes)
        self.projection.add(entry)
        return entry

    @property
    def kinds(self) -> list[str]:
        return [event.k for event in self.projection.batch.events]

    @property
    def told(self) -> list[str]:
        return [json.loads(told.frame)["type"] for told in self.projection.told]

    @property
    def extras(self) -> str:
        return " ".join(extra.sql for extra in self.projection.batch.extras)


def running(**changes: Any) -> LiveTask:
    return live_task(state=TaskState(kind=K.STARTED, picked_up=True), **changes)


async def test_what_is_known_is_never_changed() -> None:
    case = Case(live_task())
    case.report("STARTED")
    case.report("COMPLETED")
    assert case.known[1].state.kind is K.QUEUED
    assert case.known[1].revision == 0
    assert case.projection.tasks[1].state.kind is K.COMPLETED


async def test_a_task_has_one_row_however_many_events() -> None:
    case = Case(live_task())
    for kind in ("STARTED", "PROGRESS", "YIELD", "COMPLETED"):
        case.report(kind)
    batch = case.projection.finish()
    assert len(batch.events) == 4
    assert len(batch.tasks) == 1
    assert (batch.tasks[0].rev, batch.tasks[0].done, batch.tasks[0].sess) == (0, True, 10)
    assert [(row.prev, row.pos) for row in batch.sessions] == [(0, 4)]
    assert case.projection.finished == ["COMPLETED"]


async def test_a_double_changes_nothing_and_is_acknowledged() -> None:
    case = Case(live_task())
    case.report("STARTED")
    case.report("STARTED", pos=1)
    assert case.kinds == ["STARTED"]
    assert list(case.projection.acknowledge) == [10]


async def test_a_pick_up_ends_the_waiting_for_it() -> None:
    case = Case(live_task(current_code_hash="c"))
    case.report("STARTED")
    assert case.link.awaiting == {}
    assert case.projection.tasks[1].code_hash == "c"


async def test_a_late_start_is_cancelled_at_its_agent() -> None:
    case = Case(live_task(state=TaskState(kind=K.CANCELLED)))
    case.report("STARTED")
    assert case.kinds == ["LATE_REPORT"]
    assert case.told == ["CANCEL"]
    assert json.loads(bytes(case.projection.batch.events[0].v or b""))["kind"] == "STARTED"


async def test_a_late_yield_does_not_change_what_was_returned() -> None:
    case = Case(live_task(state=TaskState(kind=K.COMPLETED, picked_up=True)))
    case.report("YIELD", returns={"sum": 9})
    assert case.projection.finish().tasks[0].ret is None
    assert case.told == []


@pytest.mark.parametrize("task", [99, 2])
async def test_what_is_not_the_agents_is_buried(task: int) -> None:
    case = Case(live_task(), live_task(2, agent_id=7))
    case.report("COMPLETED", task)
    assert case.kinds == []
    assert case.projection.buried == 1
    assert "rekuest_deadletter" in case.extras
    assert case.projection.finish().sessions[0].pos == 1


@pytest.mark.parametrize("kind", ["YIELD", "COMPLETED", "FAILED"])
async def test_a_poison_result_fails_its_task(kind: str) -> None:
    case = Case(running())
    case.report(kind, task_step="no number")
    assert case.kinds == ["FAILED"]
    assert case.projection.buried == 1


@pytest.mark.parametrize("kind", ["LOG", "PROGRESS", "PAUSED"])
async def test_a_poison_remark_fails_nothing(kind: str) -> None:
    case = Case(running())
    case.report(kind, task_step="no number")
    assert case.kinds == []
    assert case.projection.buried == 1


async def test_a_large_return_fails_and_a_large_log_is_cut() -> None:
    case = Case(running())
    case.report("LOG", message="x" * (LIMIT + 1), level="INFO")
    case.report("YIELD", returns={"sum": "x" * LIMIT})
    assert case.kinds == ["LOG", "FAILED"]
    log = case.projection.batch.events[0]
    assert log.m is not None
    assert len(log.m) < LIMIT
    assert json.loads(bytes(case.projection.batch.events[1].v or b"")) == {
        "code": "VALUE_TOO_LARGE"
    }


async def test_an_unknown_level_is_info() -> None:
    case = Case(running())
    case.report("LOG", message="m", level="SHOUTING")
    assert case.projection.batch.events[0].l == "INFO"


@pytest.mark.parametrize(
    ("policy", "blok", "kinds"),
    [
        (Policy.AUTO, None, ["HELD", "DECIDED"]),
        (Policy.AUTO, {"key": "b"}, ["HELD"]),
        (Policy.ASK, None, ["HELD"]),
    ],
)
async def test_a_hold_is_answered_at_once_only_under_auto(
    policy: Policy, blok: Any, kinds: list[str]
) -> None:
    case = Case(running(policy=policy))
    case.report("HELD", prompt={"title": "May I?"}, blok=blok)
    assert case.kinds == kinds
    assert case.told == (["DECIDE"] if "DECIDED" in kinds else [])
    assert ("rekuest_outbox" in case.extras) is ("DECIDED" in kinds)


async def test_a_decision_is_owed_until_the_task_goes_on() -> None:
    case = Case(running(owes_decision=True))
    case.report("PROGRESS", progress=1)
    assert "DELETE FROM rekuest_outbox" in case.extras
    assert not case.projection.tasks[1].owes_decision


async def test_a_control_is_told_and_kept() -> None:
    case = Case(running())
    note = InstructNote(kind="CANCEL", frame='{"type": "CANCEL"}', caller_id=4)
    await case.fact(K.CANCELLING, instruct=note, interrupt_at=5.0)
    assert case.told == ["CANCEL"]
    assert "INSERT INTO rekuest_instruct" in case.extras
    row = case.projection.finish().tasks[0]
    assert (row.ins, row.ia) == ("CANCEL", 5.0)


@pytest.mark.parametrize(
    ("instruct", "report", "confirmed"),
    [
        ("PAUSE", "PAUSED", True),
        ("RESUME", "RESUMED", True),
        ("CANCEL", "CANCELLED", True),
        ("CANCEL", "PROGRESS", False),
        ("PAUSE", "COMPLETED", True),
        ("ASSIGN", "COMPLETED", False),
    ],
)
async def test_a_control_is_confirmed_by_its_outcome(
    instruct: str, report: str, confirmed: bool
) -> None:
    case = Case(running(latest_instruct=instruct))
    case.report(report)
    assert ("UPDATE rekuest_instruct SET confirmed_at" in case.extras) is confirmed


async def test_a_wish_that_does_not_fit_is_refused_and_writes_nothing() -> None:
    case = Case(running())
    refused = await case.fact(K.RESUMING)
    batch = case.projection.finish()
    assert [entry for entry, _ in case.projection.refused] == [refused]
    assert (batch.events, batch.tasks, batch.extras) == ([], [], [])


async def test_the_end_in_a_batch_refuses_wishes_behind_it() -> None:
    case = Case(running())
    case.report("COMPLETED")
    await case.fact(K.CANCELLING)
    assert case.kinds == ["COMPLETED"]
    assert len(case.projection.refused) == 1


async def test_an_approved_child_is_delivered_with_the_answer() -> None:
    case = Case(live_task(state=TaskState(kind=K.HELD)))
    await case.fact(K.DECIDED, answer="go on")
    assert [task.message for task in case.projection.deliver] == ["go on"]
    assert case.kinds == ["DECIDED"]


async def test_a_denied_child_is_not_delivered() -> None:
    case = Case(live_task(state=TaskState(kind=K.HELD)))
    await case.fact(K.DENIED)
    assert case.projection.deliver == []
    assert case.projection.finish().tasks[0].done


async def test_an_inform_is_no_event() -> None:
    case = Case(running())
    case.report("INFORM", blok={})
    assert case.kinds == []
    assert case.projection.buried == 0
