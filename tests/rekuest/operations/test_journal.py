"""The event writer under faults: whatever is dropped, doubled or killed, the rows come out equal.

The machine stands in for an agent, its network (which drops, doubles and swaps frames) and a server
process that may die at any moment. The rows are a fake of the database with the same rules as the
statement (see `FakeRows`); the ws tests drive the same writer on the real one.
"""

from __future__ import annotations

import asyncio
import json
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from chassis import clock
from rekuest_server.adapters.batch import Batch
from rekuest_server.adapters.store import Outdated
from rekuest_server.domain.agent_session import Arrival, JournalCursor
from rekuest_server.domain.kinds import EventKind, Execution, Policy
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.domain.task_state import TaskState
from rekuest_server.operations.elsewhere import Elsewhere
from rekuest_server.operations.entries import FactEntry, ReportEntry, SessionHandle
from rekuest_server.operations.hub import Hub
from rekuest_server.operations.journal import Journal
from rekuest_server.wire import inbound

AGENT, SESSION = 1, 10
TASKS = (1, 2, 3)


def live_task(task_id: int) -> LiveTask:
    return LiveTask(
        id=task_id,
        organization_id=1,
        organization_slug="o",
        caller_id=1,
        user="u",
        reference=str(task_id),
        action_id=1,
        action_hash="h",
        implementation_id=1,
        agent_id=AGENT,
        interface="i",
        execution=Execution.PLAIN,
        effects="NONE",
        policy=Policy.AUTO,
        state=TaskState(),
        revision=0,
        last_step=0,
        created_at=clock.now(),
    )


@dataclass
class FakeRows:
    """The tables of the writer: all of a batch or nothing, on the rows it was made from."""

    tasks: dict[int, LiveTask] = field(default_factory=lambda: {n: live_task(n) for n in TASKS})
    events: list[tuple[int, str, Any]] = field(default_factory=list)
    last_pos: int = 0
    dead: int = 0
    failures: list[Exception] = field(default_factory=list)

    async def tasks_by_id(self, ids: list[int]) -> dict[int, LiveTask]:
        return {n: deepcopy(self.tasks[n]) for n in ids if n in self.tasks}

    async def fetch(self, sql: str, parameters: dict[str, Any]) -> list[tuple[int]]:
        return [(self.last_pos,)]

    async def write(self, batch: Batch, now: float) -> list[int]:
        if self.failures:
            raise self.failures.pop(0)
        if any(self.tasks[row.id].revision != row.rev for row in batch.tasks):
            raise Outdated
        if any(row.prev != self.last_pos for row in batch.sessions):
            raise Outdated
        for row in batch.tasks:
            task = self.tasks[row.id]
            task.revision += 1
            task.state = TaskState(
                kind=EventKind(row.kind), progress=row.prog, picked_up=row.picked
            )
            task.last_step = max(task.last_step, row.step)
        for row in batch.sessions:
            self.last_pos = row.pos
        self.dead += sum("rekuest_deadletter" in extra.sql for extra in batch.extras)
        first = len(self.events) + 1
        self.events += [(event.t, event.k, event.a) for event in batch.events]
        return list(range(first, len(self.events) + 1))

    def story(self) -> Any:
        """What must be equal at the end."""
        return (
            [(n, task.state, task.last_step) for n, task in self.tasks.items()],
            self.events,
            self.last_pos,
            self.dead,
        )


class FakeLink:
    """An agent's link that only remembers what it was told."""

    agent_id = AGENT
    session_id = "s"
    session_row = SESSION
    epoch = 1
    takes_state_requires = True
    is_congested = False

    def __init__(self) -> None:
        self.awaiting: dict[int, float] = {}
        self.acked = 0
        self.frames: list[str] = []

    def send(self, frame: str) -> None:
        self.frames.append(frame)

    def acknowledge(self, session_id: str, pos: int) -> None:
        self.acked = max(self.acked, pos)

    def written(self, frames: int) -> None:
        pass

    def close(self, code: int, reason: str) -> None:
        pass


def new_journal(rows: FakeRows, link: FakeLink) -> Journal:
    hub = Hub(Elsewhere(rows, "1"))  # type: ignore[arg-type]
    hub.attach(link)
    return Journal(
        rows,  # type: ignore[arg-type]
        hub,
        batch_items=100,
        value_bytes=1000,
        deliver=lambda task: None,
    )


def report(kind: str, pos: int, task: int, **fields: Any) -> inbound.AnyJournaled:
    frame = inbound.parse(
        json.dumps({"type": kind, "task": str(task), "pos": pos, "journal_session": "s"} | fields)
    )
    assert isinstance(frame, inbound.TaskReport)
    return frame  # type: ignore[return-value]


REPORTS = st.tuples(
    st.sampled_from(
        ["STARTED", "PROGRESS", "YIELD", "LOG", "PAUSED", "RESUMED", "COMPLETED", "CRITICAL"]
    ),
    st.sampled_from([*TASKS, 99]),
)


class Faults(RuleBasedStateMachine):
    """An agent that keeps what is not acknowledged; a network; a server that forgets its memory."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.rows = FakeRows()
        self.written: list[inbound.AnyJournaled] = []
        #: The latest gap, as noted in the rows: the same one again would be taken for final.
        self.gap_pos = 0
        self._start_server()

    def _start_server(self) -> None:
        self.link = FakeLink()
        self.journal = new_journal(self.rows, self.link)
        self.handle = SessionHandle(SESSION, "s", self.rows.last_pos)
        self.cursor = JournalCursor(self.rows.last_pos, self.gap_pos)
        self.read: list[ReportEntry] = []
        self.sent = self.rows.last_pos  # what the network carried on this connection

    @rule(what=REPORTS, progress=st.integers(0, 100))
    def agent_reports(self, what: tuple[str, int], progress: int) -> None:
        kind, task = what
        fields = {"progress": progress} if kind == "PROGRESS" else {}
        self.written.append(report(kind, len(self.written) + 1, task, **fields))

    def _arrive(self, frame: inbound.AnyJournaled) -> None:
        arrival = self.cursor.take(frame.pos or 0)
        assert arrival in (Arrival.NEXT, Arrival.DUPLICATE)
        self.read.append(ReportEntry(self.link, frame, 100, session=self.handle, pos=frame.pos))

    @rule(count=st.integers(1, 8))
    def network_delivers(self, count: int) -> None:
        for frame in self.written[self.sent : self.sent + count]:
            self._arrive(frame)
            self.sent += 1

    @precondition(lambda self: self.sent > 0)
    @rule(data=st.data())
    def network_doubles(self, data: st.DataObject) -> None:
        self._arrive(self.written[data.draw(st.integers(0, self.sent - 1))])

    @precondition(
        lambda self: (
            self.cursor.last_pos == self.sent < len(self.written) - 1
            and self.gap_pos != self.sent + 1
        )
    )
    @rule()
    def a_frame_overtakes_the_one_before_it(self) -> None:
        """The server takes nothing behind a gap, and makes the agent send all of it again."""
        early, late = self.written[self.sent + 1], self.written[self.sent]
        assert self.cursor.take(early.pos or 0) is Arrival.GAP
        self.gap_pos = self.cursor.gap_pos
        assert self.gap_pos == late.pos
        self.connection_breaks()

    @rule()
    def server_commits(self) -> None:
        if self.read:
            self.loop.run_until_complete(self.journal._flush(self.read))
            self.read = []
        assert self.link.acked <= self.rows.last_pos

    @rule()
    def connection_breaks(self) -> None:
        """What was read is still written; the agent sends again what is not acknowledged."""
        self.server_commits()
        acked = self.link.acked
        self._start_server()
        self.sent = min(acked, self.rows.last_pos)

    @rule()
    def server_dies(self) -> None:
        """What was read and not committed is gone, and so is all memory."""
        self._start_server()
        self.sent = self.rows.last_pos

    @rule()
    def another_process_touches_a_task(self) -> None:
        self.rows.tasks[1].revision += 1

    @rule(times=st.integers(1, 3))
    def database_is_away_for_a_moment(self, times: int) -> None:
        self.rows.failures += [psycopg.OperationalError("away")] * times

    def teardown(self) -> None:
        try:
            self.server_dies()
            self.network_delivers(len(self.written))
            self.server_commits()
            assert self.rows.story() == self._story_without_faults()
            assert self.link.acked in (0, len(self.written))
        finally:
            self.loop.close()

    def _story_without_faults(self) -> Any:
        rows, link = FakeRows(), FakeLink()
        journal = new_journal(rows, link)
        handle = SessionHandle(SESSION, "s", 0)
        for frame in self.written:
            entry = ReportEntry(link, frame, 100, session=handle, pos=frame.pos)
            self.loop.run_until_complete(journal._flush([entry]))
        return rows.story()


Faults.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestFaults = Faults.TestCase


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rekuest_server.operations.journal._PAUSE_SECONDS", 0)


async def test_a_refused_fact_tells_its_asker() -> None:
    rows, link = FakeRows(), FakeLink()
    journal = new_journal(rows, link)
    entry = FactEntry(1, EventKind.RESUMING)
    missing = FactEntry(77, EventKind.LOST)
    await journal._flush([entry, missing])
    with pytest.raises(Exception, match="not in a state"):
        entry.settled.result()
    with pytest.raises(Exception, match="no such object"):
        missing.settled.result()
    assert rows.events == []


async def test_what_a_writer_cannot_write_is_set_aside_alone() -> None:
    rows, link = FakeRows(), FakeLink()
    journal = new_journal(rows, link)
    handle = SessionHandle(SESSION, "s", 0)
    entries = [
        ReportEntry(link, report("YIELD", pos, 1), 10, session=handle, pos=pos)
        for pos in range(1, 5)
    ]
    # The whole batch fails, then its second half, then that half's first entry.
    write = rows.write

    async def picky(batch: Batch, now: float) -> list[int]:
        if any(event.a == 3 and event.k == "YIELD" for event in batch.events):
            raise psycopg.DataError("bad value")
        return await write(batch, now)

    rows.write = picky  # type: ignore[method-assign]
    await journal._flush(entries)
    assert [event[1] for event in rows.events] == ["YIELD", "YIELD", "FAILED", "LATE_REPORT"]
    assert (rows.dead, rows.last_pos, link.acked) == (1, 4, 4)


async def test_many_changes_of_one_row_by_others_are_outlived() -> None:
    rows, link = FakeRows(), FakeLink()
    journal = new_journal(rows, link)
    await journal._flush([FactEntry(1, EventKind.CANCELLING)])
    rows.tasks[1].revision += 5
    entry = FactEntry(1, EventKind.LOST)
    await journal._flush([entry])
    assert entry.settled.result().state.kind is EventKind.LOST
