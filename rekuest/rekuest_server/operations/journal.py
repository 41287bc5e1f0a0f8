"""The event writer of a process: the one place where tasks change.

Entries of all agents and callers are projected together and written by one statement; then agents
get their acknowledgement, and callers the events themselves. What fails is narrowed down to the
single entry at fault, which is set aside: nothing else waits for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import psycopg
from psycopg_pool import PoolTimeout

from chassis.errors import InvalidInput, Unavailable
from chassis.logs import get_logger
from rekuest_server.adapters.store import Outdated, Store
from rekuest_server.domain.hooks import NO_HOOKS
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.domain.retry import may_have_rule
from rekuest_server.operations import metrics
from rekuest_server.operations.committer import GroupCommitter
from rekuest_server.operations.dispatch import happened_item
from rekuest_server.operations.entries import Entry, FactEntry, ReportEntry
from rekuest_server.operations.frames import mirror_of_row
from rekuest_server.operations.hub import Hub
from rekuest_server.operations.ids import parse_task
from rekuest_server.operations.projection import Projection
from rekuest_server.operations.retry import rules_of
from rekuest_server.wire import inbound

logger = get_logger(__name__)

_MOST_TRIES = 50
#: Close code after which the client comes back.
_RESTART = 1012
_PAUSE_SECONDS = 0.25
_REFRESH = "SELECT last_pos FROM rekuest_journalsession WHERE id = %(id)s"
#: Reports that are followed by another one at once, or that nobody waits for.
_PATIENT = (inbound.Started, inbound.Progress, inbound.Log)
#: Reports that may be followed by another run.
_FAILURES = (inbound.Failed, inbound.Critical)


@dataclass(frozen=True, slots=True)
class _Written:
    """A committed batch that nobody has heard of yet."""

    projection: Projection
    ids: list[int]
    now: float


class Journal:
    """Writes events in groups and tells everybody who waits for them."""

    def __init__(
        self,
        store: Store,
        hub: Hub,
        *,
        batch_items: int,
        value_bytes: int,
        deliver: Callable[[LiveTask], None],
    ) -> None:
        self._store = store
        self._hub = hub
        self._value_bytes = value_bytes
        self._deliver = deliver
        self._committer: GroupCommitter[Entry] = GroupCommitter(self._flush, batch_items)
        #: Open tasks this process has touched; dropped when done or when their agent leaves.
        self.tasks: dict[int, LiveTask] = {}
        #: Called after the commit of a session's SESSION_INIT.
        self.on_session_open: Callable[[int, str], Awaitable[None]] | None = None
        #: Set after the commit of an event that may have made hooks due.
        self.hooks_due = asyncio.Event()
        self._background: set[asyncio.Task[None]] = set()
        self.settled = self._committer.settled
        self.run = self._committer.run

    def put(self, entry: Entry) -> None:
        """Queue an entry for the next batch, or for the batch of the one that follows it."""
        if isinstance(entry, ReportEntry) and self._is_patient(entry.frame):
            self._committer.put_patiently(entry)
        else:
            self._committer.put(entry)

    def _is_patient(self, frame: inbound.AnyJournaled | inbound.Poison) -> bool:
        if isinstance(frame, inbound.Yield):
            # The one value of a function has its COMPLETED behind it.
            task = self.tasks.get(parse_task(frame.task) or 0)
            return task is not None and task.yields_once
        return isinstance(frame, _PATIENT)

    def forget_agent(self, agent_id: int) -> None:
        """Drop the memory of an agent's tasks."""
        for task_id in [key for key, task in self.tasks.items() if task.agent_id == agent_id]:
            del self.tasks[task_id]

    async def record(self, entry: FactEntry) -> LiveTask:
        """Put a wish or a fact and wait for its commit; raises why it was refused."""
        self.put(entry)
        return await entry.settled

    async def _flush(self, entries: Sequence[Entry]) -> None:
        tries = 0
        written: _Written | None = None
        while True:
            try:
                written = await self._write(entries)
                self._tell(entries, written)
                return
            except Outdated:
                tries += 1
                await self._refresh(entries)
                if tries >= _MOST_TRIES:
                    await self._narrow(entries, "the rows kept changing")
                    return
            except (psycopg.OperationalError, PoolTimeout) as error:
                # The database is away: everything waits, nothing is lost, agents keep their frames.
                logger.warning(
                    "cannot write events, trying again: %s",
                    error,
                    extra={"event": "journal.waiting"},
                )
                await asyncio.sleep(_PAUSE_SECONDS)
            except Exception as error:  # one bad frame must not stop the writer
                if written is not None:
                    logger.exception("written, not told", extra={"event": "journal.untold"})
                    self._make_ask(entries, written)
                    return
                logger.warning(
                    "a batch could not be written: %s", error, extra={"event": "journal.narrowed"}
                )
                await self._narrow(entries, str(error))
                return

    async def _narrow(self, entries: Sequence[Entry], reason: str) -> None:
        """Write the two halves of a bad batch, down to the entry that cannot be written."""
        if len(entries) > 1:
            middle = len(entries) // 2
            await self._flush(entries[:middle])
            await self._flush(entries[middle:])
            return
        entry = entries[0]
        if isinstance(entry, FactEntry):
            if not entry.settled.done():
                entry.settled.set_exception(InvalidInput("The values cannot be stored."))
            return
        if isinstance(entry.frame, inbound.Poison) and entry.frame.reason.startswith("refused: "):
            logger.error(
                "a frame could not even be set aside: %s",
                reason,
                extra={"event": "frame.dropped", "agent": entry.link.agent_id},
            )
            entry.link.written(1)
            return
        entry.frame = _as_poison(entry, reason)
        await self._flush([entry])

    async def _write(self, entries: Sequence[Entry]) -> _Written:
        await self._load(entries)
        rules = await rules_of(self._store, self._failing(entries))
        projection = Projection(self.tasks, self._value_bytes, rules)
        for entry in entries:
            projection.add(entry)
        now = time.time()
        with metrics.COMMIT_SECONDS.time():
            ids = await self._store.write(projection.finish(), now)
        return _Written(projection, ids, now)

    def _make_ask(self, entries: Sequence[Entry], written: _Written) -> None:
        """What is in the rows was not told to all: make them ask, a gap would go unnoticed."""
        self._hub.close_feeds()
        for task in written.projection.tasks.values():
            self.tasks.pop(task.id, None)
            for agent_id in (task.agent_id, task.asked_by):
                link = self._hub.link_of(agent_id)
                if link is not None:
                    link.close(_RESTART, "the server lost the thread")
        for entry in entries:
            if isinstance(entry, FactEntry) and not entry.settled.done():
                entry.settled.set_exception(Unavailable())

    def _tell(self, entries: Sequence[Entry], written: _Written) -> None:
        projection = written.projection
        _count(projection)
        if any(task.hooks != NO_HOOKS for task in projection.tasks.values()):
            self.hooks_due.set()
        self._remember(projection)
        # Callers wait for what happened; agents only keep what is not acknowledged.
        self._publish(projection, written.ids, written.now)
        self._settle_sessions(entries, projection)
        self._settle_facts(entries, projection)

    async def _load(self, entries: Sequence[Entry]) -> None:
        missing = {
            task_id
            for entry in entries
            if (task_id := _task_of(entry)) is not None and task_id not in self.tasks
        }
        if missing:
            self.tasks.update(await self._store.tasks_by_id(sorted(missing)))

    def _failing(self, entries: Sequence[Entry]) -> list[int]:
        """Return the tasks whose failure may be followed by another run."""
        return [
            task_id
            for entry in entries
            if isinstance(entry.frame if isinstance(entry, ReportEntry) else None, _FAILURES)
            and (task_id := _task_of(entry)) is not None
            and (task := self.tasks.get(task_id)) is not None
            and may_have_rule(task)
        ]

    def _remember(self, projection: Projection) -> None:
        for task in projection.tasks.values():
            if task.id in projection.reread:
                self.tasks.pop(task.id, None)
            elif task.state.is_done:
                before = self.tasks.pop(task.id, None)
                if before is not None and not before.state.is_done:
                    self._hub.load[task.agent_id] -= 1
            else:
                self.tasks[task.id] = task

    def _settle_sessions(self, entries: Sequence[Entry], projection: Projection) -> None:
        reached = {row.id: row.pos for row in projection.batch.sessions}
        for entry in entries:
            if isinstance(entry, ReportEntry):
                entry.link.written(1)
                if entry.session is not None and entry.session.row_id in reached:
                    entry.session.committed = reached[entry.session.row_id]
        for entry in projection.acknowledge.values():
            assert entry.session is not None
            entry.link.acknowledge(entry.session.session_id, entry.session.committed)
        for entry in projection.opened:
            if self.on_session_open is not None:
                task = asyncio.ensure_future(
                    self.on_session_open(entry.link.agent_id, entry.link.session_id)
                )
                self._background.add(task)
                task.add_done_callback(self._background.discard)

    def _publish(self, projection: Projection, ids: list[int], now: float) -> None:
        moment = datetime.fromtimestamp(now, UTC)
        self._hub.elsewhere.events(ids)
        for (task, row), seq in zip(projection.happened, ids, strict=True):
            if self._hub.listens(task.caller_id):
                self._hub.publish(task.caller_id, happened_item(row, seq, moment))
            link = self._hub.link_of(task.asked_by)
            if link is not None:
                mirror = mirror_of_row(row, seq)
                if mirror is not None:
                    link.send(mirror)
        for told in projection.told:
            target = self._hub.link_of(told.agent_id)
            if target is not None:
                target.send(told.frame)
            else:
                self._hub.elsewhere.deliver(told.agent_id)
        for task in projection.deliver:
            if task.agent_id not in self._hub.links:
                self._hub.elsewhere.deliver(task.agent_id)
            self._deliver(task)

    def _settle_facts(self, entries: Sequence[Entry], projection: Projection) -> None:
        for refused, error in projection.refused:
            if not refused.settled.done():
                refused.settled.set_exception(error)
        for entry in entries:
            if isinstance(entry, FactEntry) and not entry.settled.done():
                entry.settled.set_result(projection.tasks[entry.task_id])

    async def _refresh(self, entries: Sequence[Entry]) -> None:
        """Forget what was known of the rows a batch was about."""
        for entry in entries:
            task_id = _task_of(entry)
            if task_id is not None:
                self.tasks.pop(task_id, None)
        handles = {
            id(entry.session): entry.session
            for entry in entries
            if isinstance(entry, ReportEntry) and entry.session is not None
        }
        for handle in handles.values():
            rows = await self._store.fetch(_REFRESH, {"id": handle.row_id})
            if rows:
                handle.committed = rows[0][0]


def _count(projection: Projection) -> None:
    metrics.EVENTS_WRITTEN.inc(len(projection.happened))
    for kind in projection.finished:
        metrics.TASKS_FINISHED.labels(kind).inc()
    if projection.buried:
        metrics.DEAD_LETTERS.inc(projection.buried)


def _task_of(entry: Entry) -> int | None:
    if isinstance(entry, FactEntry):
        return entry.task_id
    if isinstance(entry.frame, inbound.TaskReport | inbound.Poison):
        return parse_task(entry.frame.task)
    return None


def _as_poison(entry: ReportEntry, reason: str) -> inbound.Poison:
    frame = entry.frame
    if isinstance(frame, inbound.Poison):
        return inbound.Poison(reason="refused: " + reason, text=repr(frame.text)[:1000])
    return inbound.Poison(
        reason=reason,
        text=msgspec.json.encode(frame).decode("utf8", "replace"),
        type=str(frame.__struct_config__.tag),
        pos=frame.pos,
        session=frame.journal_session,
        task=frame.task if isinstance(frame, inbound.TaskReport) else None,
    )
