"""From entries to rows: computes what a batch writes, without touching anything else.

A projection works on copies of the tasks; if the write is refused the copies are thrown away, the
tasks are read again and the projection is done anew.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace

import msgspec
from msgspec import Raw

from chassis.errors import NotFound, PlatformError
from rekuest_server.adapters import statements
from rekuest_server.adapters.batch import Batch, EventRow, Extra, SessionRow, TaskRow
from rekuest_server.domain.errors import TaskFinished, TaskNotRunning
from rekuest_server.domain.kinds import TERMINAL, EventKind, Policy
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.domain.retry import OUTCOMES, RetryRule
from rekuest_server.domain.task_state import Refusal, TaskState, transition
from rekuest_server.operations import retry, session_frames
from rekuest_server.operations.entries import Entry, FactEntry, Rebind, ReportEntry
from rekuest_server.operations.hook_rows import due_rows
from rekuest_server.operations.ids import parse_task
from rekuest_server.operations.report_event import event_of, letter_of
from rekuest_server.wire import inbound, outbound

_CONFIRMED_BY = {
    EventKind.PAUSED: ["PAUSE"],
    EventKind.RESUMED: ["RESUME"],
}
_ALL_INSTRUCTS = ["CANCEL", "INTERRUPT", "PAUSE", "RESUME"]


@dataclass(slots=True)
class Told:
    """A frame to send to an agent after the commit."""

    agent_id: int
    frame: str


@dataclass(slots=True)
class Projection:
    """One batch in the making and what is to be done once it is committed."""

    #: Tasks as read; never changed here, but by others once this has been awaited for.
    known: dict[int, LiveTask]
    value_bytes: int
    #: What policies say about tasks that fail in this batch.
    rules: dict[int, RetryRule] = field(default_factory=dict)
    batch: Batch = field(default_factory=Batch)
    tasks: dict[int, LiveTask] = field(default_factory=dict)
    happened: list[tuple[LiveTask, EventRow]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    deliver: list[LiveTask] = field(default_factory=list)
    refused: list[tuple[FactEntry, PlatformError]] = field(default_factory=list)
    #: (link, journal session, position) to acknowledge.
    acknowledge: dict[int, ReportEntry] = field(default_factory=dict)
    opened: list[ReportEntry] = field(default_factory=list)
    #: How each task that ended in this batch ended.
    finished: list[str] = field(default_factory=list)
    #: What is in memory of these tasks is no longer enough to deliver them.
    reread: list[int] = field(default_factory=list)
    #: How many frames were set aside.
    buried: int = 0
    _rows: dict[int, TaskRow] = field(default_factory=dict)
    _positions: dict[int, SessionRow] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Take one entry into the batch."""
        if isinstance(entry, FactEntry):
            self._fact(entry)
            return
        if entry.pos is not None and not self._advance(entry, entry.pos):
            return
        frame = entry.frame
        if entry.letter is not None:
            self.batch.extras.append(Extra(statements.DROP_DEAD_LETTER, {"id": entry.letter}))
        if isinstance(frame, inbound.Poison):
            self._poison(entry, frame)
        elif isinstance(frame, inbound.TaskReport):
            self._report(entry, frame)
        else:
            if isinstance(frame, inbound.SessionInit):
                self.opened.append(entry)
            session_frames.project(self.batch, entry, frame)

    def finish(self) -> Batch:
        """Return the batch, ready to be written."""
        self.batch.tasks = list(self._rows.values())
        self.batch.sessions = list(self._positions.values())
        return self.batch

    def _advance(self, entry: ReportEntry, pos: int) -> bool:
        assert entry.session is not None
        handle = entry.session
        self.acknowledge[handle.row_id] = entry
        row = self._positions.get(handle.row_id)
        reached = handle.committed if row is None else row.pos
        if pos <= reached:
            return False
        if row is None:
            self._positions[handle.row_id] = SessionRow(
                id=handle.row_id, prev=handle.committed, pos=pos
            )
        else:
            row.pos = pos
        return True

    # reports of agents

    def _report(self, entry: ReportEntry, frame: inbound.TaskReport) -> None:
        task = self._task(parse_task(frame.task))
        if task is None or task.agent_id != entry.link.agent_id:
            self._bury(entry, "the task is not known or not this agent's", frame)
            return
        if isinstance(frame, inbound.Inform):
            # Clients have no such kind; one event of it would break their feed.
            return
        event = event_of(frame)
        if entry.size > self.value_bytes and self._is_too_large(event):
            self._bury(entry, "the value is too large", frame)
            event = EventRow(
                n=0,
                t=task.id,
                k=EventKind.FAILED,
                m="The returned value is too large for a message; put it into object storage "
                "and return a reference.",
                v=Raw(b'{"code":"VALUE_TOO_LARGE"}'),
            )
        event.t = task.id
        event.s = entry.session.row_id if entry.session else None
        event.a = entry.pos
        event.st = frame.task_step
        event.ts = frame.agent_ts
        if frame.task != task.name:
            # A run before the present one; what is still heard of it is noted.
            self._note_late(task, event, entry)
            event.k = EventKind.LATE_REPORT
            self._record(task, event)
            return
        if event.k in OUTCOMES and self._is_retried(task, event):
            return
        was_picked_up = task.state.picked_up
        self._happen(task, event, entry)
        # A resumed workflow is started a second time, by another process.
        is_started = isinstance(frame, inbound.Started) and not task.state.is_done
        if task.state.picked_up and (is_started or not was_picked_up):
            self._pick_up(task, entry)
        if isinstance(frame, inbound.Held):
            self._answer_hold(task, frame)
        self._confirm(task, event, frame)

    def _is_retried(self, task: LiveTask, event: EventRow) -> bool:
        rule = self.rules.get(task.id)
        row = self._rows.get(task.id)
        if rule is None or (row is not None and row.ret is not None):
            return False
        again = retry.run_again(task, event, rule)
        if again is None:
            return False
        self._record(task, again.report)
        self._confirm_all(task)
        self._owe_nothing(task)
        task.state = replace(task.state, picked_up=False)
        self._happen(task, again.fact, None)
        task.retries += 1
        self.batch.extras.append(again.change)
        self.reread.append(task.id)
        return True

    def _confirm_all(self, task: LiveTask) -> None:
        if task.latest_instruct != "ASSIGN":
            self.batch.extras.append(
                Extra(statements.CONFIRM_INSTRUCTS, {"task": task.id, "kinds": _ALL_INSTRUCTS})
            )

    def _owe_nothing(self, task: LiveTask) -> None:
        if task.owes_decision:
            task.owes_decision = False
            self.batch.extras.append(Extra(statements.DROP_OUTBOX_OF_TASK, {"task": task.id}))

    def _is_too_large(self, event: EventRow) -> bool:
        if event.m is not None and len(event.m) > self.value_bytes // 4:
            event.m = event.m[: self.value_bytes // 4] + " [cut]"
        return len(event.r or b"") + len(event.v or b"") > self.value_bytes

    def _happen(self, task: LiveTask, event: EventRow, entry: ReportEntry | None) -> bool:
        """Move a task by an event; false if the event does not apply."""
        moved = transition(
            task.state, EventKind(event.k), progress=event.p, by_agent=entry is not None
        )
        if isinstance(moved, Refusal):
            return False
        if moved.recorded_as is EventKind.LATE_REPORT:
            self._note_late(task, event, entry)
        elif moved.state.is_done:
            self.finished.append(moved.state.kind)
        event.k = moved.recorded_as
        before, task.state = task.state, moved.state
        self.batch.extras += due_rows(task, before)
        task.last_step = max(task.last_step, event.st or 0)
        self._record(task, event)
        return True

    def _note_late(self, task: LiveTask, event: EventRow, entry: ReportEntry | None) -> None:
        event.v = Raw(msgspec.json.encode({"kind": event.k, "returns": event.r, "value": event.v}))
        if event.k == EventKind.STARTED and entry is not None:
            # The agent works on something that is over; it should not.
            self.told.append(Told(task.agent_id, outbound.encode(outbound.Cancel(task=task.name))))

    def _record(self, task: LiveTask, event: EventRow) -> None:
        event.n = len(self.batch.events)
        event.f = None
        self.batch.events.append(event)
        self.happened.append((task, event))
        row = self._row(task)
        row.kind = task.state.kind
        row.prog = task.state.progress
        row.done = task.state.is_done
        row.picked = task.state.picked_up
        row.step = task.last_step
        if event.k == EventKind.LATE_REPORT:
            return
        if event.m is not None:
            row.msg = event.m
        if event.k == EventKind.YIELD:
            row.ret = event.r

    def _row(self, task: LiveTask) -> TaskRow:
        row = self._rows.get(task.id)
        if row is None:
            row = TaskRow(
                id=task.id, rev=task.revision, kind=task.state.kind, ins=task.latest_instruct
            )
            self._rows[task.id] = row
            task.revision += 1
        return row

    def _pick_up(self, task: LiveTask, entry: ReportEntry) -> None:
        row = self._row(task)
        task.session_row = entry.session.row_id if entry.session else entry.link.session_row
        task.code_hash = task.current_code_hash
        row.sess = task.session_row
        row.ch = task.code_hash
        entry.link.awaiting.pop(task.id, None)

    def _answer_hold(self, task: LiveTask, frame: inbound.Held) -> None:
        if task.policy is not Policy.AUTO or bytes(frame.blok) != b"null":
            return
        if task.state.kind is not EventKind.HELD:
            return
        decide = outbound.encode(outbound.Decide(task=task.name, approved=True, auto=True))
        event = EventRow(
            n=0, t=task.id, k=EventKind.DECIDED, v=Raw(b'{"approved":true,"auto":true}')
        )
        if self._happen(task, event, None):
            self._owe_decision(task, decide)

    def _owe_decision(self, task: LiveTask, frame: str) -> None:
        task.owes_decision = True
        self.batch.extras.append(
            Extra(
                statements.PUT_OUTBOX,
                {"agent": task.agent_id, "task": task.id, "kind": "DECIDE", "frame": frame},
            )
        )
        self.told.append(Told(task.agent_id, frame))

    def _confirm(self, task: LiveTask, event: EventRow, frame: inbound.TaskReport) -> None:
        if task.latest_instruct != "ASSIGN":
            kinds = _ALL_INSTRUCTS if task.state.is_done else _CONFIRMED_BY.get(EventKind(event.k))
            if kinds:
                self.batch.extras.append(
                    Extra(statements.CONFIRM_INSTRUCTS, {"task": task.id, "kinds": kinds})
                )
        if not isinstance(frame, inbound.Held):
            self._owe_nothing(task)

    # frames that cannot be used

    def _poison(self, entry: ReportEntry, frame: inbound.Poison) -> None:
        self._bury(entry, frame.reason, frame)
        task = self._task(parse_task(frame.task)) if frame.task else None
        if task is None or task.agent_id != entry.link.agent_id or task.state.is_done:
            return
        if frame.type == "YIELD" or frame.type in TERMINAL:
            event = EventRow(
                n=0,
                t=task.id,
                k=EventKind.FAILED,
                m=f"The agent sent a {frame.type} that cannot be read: {frame.reason}",
                s=entry.session.row_id if entry.session else None,
                a=entry.pos,
            )
            self._happen(task, event, entry)

    def _bury(
        self, entry: ReportEntry, reason: str, frame: inbound.TaskReport | inbound.Poison
    ) -> None:
        self.buried += 1
        self.batch.extras.append(letter_of(entry, reason, frame, self.value_bytes))

    # wishes and facts

    def _fact(self, entry: FactEntry) -> None:
        task = self._task(entry.task_id)
        if task is None:
            self.refused.append((entry, NotFound()))
            return
        event = EventRow(
            n=0,
            t=task.id,
            k=entry.kind,
            m=entry.message,
            v=None if entry.value is None else Raw(entry.value),
        )
        before = task.state
        if before.is_done:
            self.refused.append((entry, TaskFinished()))
            return
        if entry.rebind is not None:
            task.state = replace(before, picked_up=False)
        if self._happen(task, event, None):
            self._follow_up(task, before, entry)
        else:
            self.refused.append((entry, TaskNotRunning()))

    def _follow_up(self, task: LiveTask, before: TaskState, entry: FactEntry) -> None:
        note = entry.instruct
        row = self._row(task)
        if note is not None:
            task.latest_instruct = row.ins = note.kind
            self.batch.extras.append(
                Extra(
                    statements.ADD_INSTRUCT,
                    {
                        "task": task.id,
                        "agent": task.agent_id,
                        "kind": note.kind,
                        "step": note.step,
                        "caller": note.caller_id,
                    },
                )
            )
            self.told.append(Told(task.agent_id, note.frame))
        if entry.interrupt_at is not None:
            row.ia = entry.interrupt_at
        if entry.rebind is not None:
            self._rebind(task, entry.rebind)
        if entry.decide_frame is not None:
            self._owe_decision(task, entry.decide_frame)
        if entry.kind is EventKind.DECIDED and not before.picked_up:
            task.message = entry.answer
            self.batch.extras.append(
                Extra(
                    "UPDATE rekuest_task SET message = %(message)s WHERE id = %(id)s",
                    {"message": entry.answer, "id": task.id},
                )
            )
            self.deliver.append(task)
        if task.state.is_done:
            self._confirm_all(task)

    def _rebind(self, task: LiveTask, wish: Rebind) -> None:
        task.agent_id, task.implementation_id = wish.agent_id, wish.implementation_id
        task.session_row = None
        self.batch.extras.append(
            Extra(
                statements.REBIND,
                {
                    "task": task.id,
                    "agent": wish.agent_id,
                    "implementation": wish.implementation_id,
                    "prompt": wish.prompt,
                },
            )
        )

    def _task(self, task_id: int | None) -> LiveTask | None:
        if task_id is None:
            return None
        task = self.tasks.get(task_id)
        if task is None:
            known = self.known.get(task_id)
            if known is None:
                return None
            task = copy(known)
            self.tasks[task_id] = task
        return task
