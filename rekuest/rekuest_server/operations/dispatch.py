"""Creation of tasks in groups, and their delivery to agents."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
from psycopg_pool import PoolTimeout

from chassis.errors import InvalidInput, Unavailable
from chassis.logs import get_logger
from rekuest_server.adapters.batch import DraftRow, EventRow
from rekuest_server.adapters.store import Store, StoredEvent
from rekuest_server.domain.kinds import EventKind
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.operations import metrics
from rekuest_server.operations.committer import GroupCommitter
from rekuest_server.operations.feed_queue import TaskCreated, TaskEventHappened
from rekuest_server.operations.frames import assign_frame, mirror_of_row
from rekuest_server.operations.hub import AgentLink, Hub

logger = get_logger(__name__)


@dataclass(slots=True)
class Draft:
    """A task to be; `created` gets True, or False if one of its keys is taken."""

    row: DraftRow
    task: LiveTask
    created: asyncio.Future[bool] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Dispatcher:
    """Writes drafts in groups and sends ASSIGN to the agents that are connected here."""

    def __init__(
        self,
        store: Store,
        hub: Hub,
        tasks: dict[int, LiveTask],
        *,
        batch_items: int,
        sign: Callable[[LiveTask], str | None] = lambda task: None,
    ) -> None:
        self._sign = sign
        self._store = store
        self._hub = hub
        self._tasks = tasks
        self._committer: GroupCommitter[Draft] = GroupCommitter(self._flush, batch_items)
        self.run = self._committer.run
        self.settled = self._committer.settled

    async def create(self, draft: Draft, *, patience: float) -> bool:
        """Write a task; true if it is new. It is delivered as soon as it is committed."""
        self._committer.put(draft)
        try:
            async with asyncio.timeout(patience):
                return await asyncio.shield(draft.created)
        except TimeoutError:
            raise Unavailable(
                "The database does not answer; the task may have been made."
            ) from None

    def deliver(self, task: LiveTask) -> None:
        """Send ASSIGN if the agent is connected here and the task is ready."""
        link = self._hub.link_of(task.agent_id)
        if link is None or link.is_congested or task.id in link.awaiting:
            return
        if task.agent_id in self._hub.draining:
            return
        if is_deliverable(task, time.time()):
            self.send(link, task)

    def send(self, link: AgentLink, task: LiveTask) -> None:
        """Send ASSIGN and start to wait for STARTED."""
        link.awaiting[task.id] = asyncio.get_running_loop().time()
        takes = link.takes_state_requires
        link.send(assign_frame(task, takes_state_requires=takes, token=self._sign(task)))

    async def _flush(self, drafts: Sequence[Draft]) -> None:
        try:
            await self._insert(drafts)
        except (psycopg.OperationalError, PoolTimeout) as error:
            logger.warning("cannot write tasks: %s", error, extra={"event": "dispatch.waiting"})
            _fail(drafts, Unavailable())
        except Exception as error:  # noqa: BLE001 - one bad wish must not fail its neighbours
            if len(drafts) == 1:
                logger.warning(
                    "a task could not be written: %s", error, extra={"event": "task.refused"}
                )
                _fail(drafts, InvalidInput("The values cannot be stored.", field="args"))
                return
            for draft in drafts:
                await self._flush([draft])

    async def _insert(self, drafts: Sequence[Draft]) -> None:
        now = time.time()
        for number, draft in enumerate(drafts):
            draft.row.n = number
        ids = await self._store.insert_tasks([draft.row for draft in drafts], now)
        moment = datetime.fromtimestamp(now, UTC)
        metrics.TASKS_CREATED.inc(len(ids))
        self._hub.elsewhere.tasks(sorted(made[0] for made in ids.values()))
        self._hub.elsewhere.events(sorted(made[1] for made in ids.values()))
        for draft in drafts:
            # Two wishes with one reference in one batch: the first is the new one.
            made = ids.pop((draft.row.caller, draft.row.ref), None)
            if made is not None:
                draft.task.id = made[0]
                draft.task.created_at = moment
                self._arrive(draft, made[1], moment)
            if not draft.created.done():
                draft.created.set_result(made is not None)

    def _arrive(self, draft: Draft, seq: int, moment: datetime) -> None:
        task = draft.task
        if task.agent_id in self._hub.links:
            # What waits for an absent agent is read again when it comes.
            self._tasks[task.id] = task
        self._hub.load[task.agent_id] += 1
        first = EventRow(n=0, t=task.id, k=draft.row.kind, v=draft.row.held)
        asker = self._hub.link_of(task.asked_by)
        if asker is not None:
            asker.send(mirror_of_row(first, seq) or "")
        if task.agent_id not in self._hub.links:
            self._hub.elsewhere.deliver(task.agent_id)
        # The agent first: everybody waits for what it does.
        self.deliver(task)
        if self._hub.listens(task.caller_id):
            self._hub.publish(task.caller_id, created_item(task, moment))
            self._hub.publish(task.caller_id, happened_item(first, seq, moment))


def is_deliverable(task: LiveTask, now: float) -> bool:
    """Tell whether ASSIGN may go out for a task."""
    state = task.state
    if state.is_done or state.picked_up or state.kind is EventKind.HELD:
        return False
    if state.kind in (EventKind.CANCELLING, EventKind.INTERRUPTING):
        return False
    return task.not_before is None or task.not_before.timestamp() <= now


def created_item(task: LiveTask, moment: datetime) -> TaskCreated:
    """Return the feed item of a new task."""
    return TaskCreated(
        id=task.id,
        reference=task.reference,
        is_done=task.state.is_done,
        latest_kind=task.state.kind,
        latest_instruct=task.latest_instruct,
        action_id=task.action_id,
        implementation_id=task.implementation_id,
        agent_id=task.agent_id,
        root_id=task.root_id,
        parent_id=task.parent_id,
        created_at=task.created_at,
        updated_at=moment,
        finished_at=None,
        revision=task.revision,
    )


def happened_item(row: EventRow, seq: int, moment: datetime) -> TaskEventHappened:
    """Return the feed item of an event that was just written."""
    return TaskEventHappened(
        id=seq,
        task_id=row.t,
        kind=row.k,
        message=row.m,
        progress=row.p,
        returns_json=None if row.r is None else bytes(row.r),
        value_json=None if row.v is None else bytes(row.v),
        level=row.l,
        reference=row.f,
        created_at=moment,
    )


def stored_item(event: StoredEvent) -> TaskEventHappened:
    """Return the feed item of an event that was read back."""
    return TaskEventHappened(
        id=event.id,
        task_id=event.task_id,
        kind=event.kind,
        message=event.message,
        progress=event.progress,
        returns_json=None if event.returns is None else event.returns.encode(),
        value_json=None if event.value is None else event.value.encode(),
        level=event.level,
        reference=event.reference,
        created_at=event.created_at,
    )


def _fail(drafts: Sequence[Draft], error: Exception) -> None:
    for draft in drafts:
        if not draft.created.done():
            draft.created.set_exception(error)
