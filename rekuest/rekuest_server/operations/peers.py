"""What this process does when another one tells it something."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, LiteralString

from chassis.logs import get_logger
from rekuest_server.adapters import statements
from rekuest_server.adapters.store import StoredEvent
from rekuest_server.operations.agent_admin import obey
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.catching_up import Bookmark, agents_caught_up, events_caught_up
from rekuest_server.operations.dispatch import created_item, stored_item
from rekuest_server.operations.elsewhere import Message, runs_of
from rekuest_server.operations.frames import mirror_of_stored
from rekuest_server.operations.recovery import send_owed_controls
from rekuest_server.operations.sweep import deliver_due

logger = get_logger(__name__)

_EVENTS: LiteralString = """
SELECT e.id, e.task_id, e.kind, e.message, e.progress, e.returns::text, e.value::text, e.level,
  e.reference, e.created_at, t.caller_id, t.asked_by_id
FROM rekuest_taskevent e JOIN rekuest_task t ON t.id = e.task_id
WHERE e.id BETWEEN %(low)s AND %(high)s
  AND (t.caller_id = ANY(%(callers)s) OR t.asked_by_id = ANY(%(agents)s))
ORDER BY e.id
"""
#: Tasks whose first event is one of these.
_MADE: LiteralString = """
SELECT DISTINCT task_id FROM rekuest_taskevent
WHERE id BETWEEN %(low)s AND %(high)s AND kind IN ('QUEUED', 'HELD') ORDER BY task_id
"""
_RESTART = 1012
_DISPLACED = 4005


class Hearing:
    """Carries out the messages of other processes, one after the other."""

    def __init__(self, broker: Broker, bookmark: Bookmark) -> None:
        self._broker = broker
        self._bookmark = bookmark
        self._messages: asyncio.Queue[Message] = asyncio.Queue()

    def heard(self, text: str) -> None:
        """Take a message."""
        message = self._broker.hub.elsewhere.understand(text)
        if message is not None:
            self._messages.put_nowait(message)

    def joined(self, peers: set[str]) -> None:
        """Note who is there, and make up for what was said while nobody listened here."""
        elsewhere = self._broker.hub.elsewhere
        may_have_missed = bool(elsewhere.peers or peers)
        elsewhere.peers = set(peers)
        elsewhere.hello()
        if may_have_missed:
            # Those who took this process for dead tell it nothing before they have heard the hello;
            # their welcome comes before what they tell next, and has it all told once more.
            self._messages.put_nowait(Message(self._broker.process_id, "missed"))

    async def run(self) -> None:
        """Carry messages out for ever."""
        while True:
            message = await self._messages.get()
            try:
                await self._carry_out(message)
            except Exception:  # the edge of a loop: readers must not be left with a gap
                logger.exception("a message was lost", extra={"event": "peers.unheard"})
                self._broker.hub.close_feeds()

    async def _carry_out(self, message: Message) -> None:
        broker = self._broker
        match message.k:
            case "deliver":
                await self._deliver(message.id)
            case "fence":
                self._fence(message)
            case "order":
                obey(broker, message.id, message.order)
            case "ping":
                self._bookmark.turn(message.id)
            case "missed" | "welcome":
                await self._make_up()
            case "probes" if str(message.id) == broker.process_id:
                await broker.probes.post.read(broker.probes.hear)
            case "routes":
                broker.routes.forget(message.id)
            case "events" | "tasks":
                await self._tell(message)

    async def _tell(self, message: Message) -> None:
        if message.k == "tasks":
            await self._announce(message.runs)
            return
        for low, high in message.runs:
            await self._pass_on(low, high)

    def _fence(self, message: Message) -> None:
        link = self._broker.hub.link_of(message.id)
        if link is not None and link.epoch < message.epoch:
            code = _DISPLACED if message.is_displaced else _RESTART
            link.close(code, "connected to another server process")

    async def _make_up(self) -> None:
        broker = self._broker
        await agents_caught_up(broker)
        await events_caught_up(broker, self._bookmark, self._tell_again)
        await broker.probes.post.read(broker.probes.hear)

    async def _deliver(self, agent_id: int) -> None:
        link = self._broker.hub.link_of(agent_id)
        if link is not None:
            await deliver_due(self._broker, [link])
            await send_owed_controls(broker=self._broker, link=link)

    async def _tell_again(self, low: int, high: int) -> None:
        made = await self._broker.store.fetch(_MADE, {"low": low, "high": high})
        await self._announce(runs_of(row[0] for row in made))
        await self._pass_on(low, high)

    async def _pass_on(self, low: int, high: int) -> None:
        hub = self._broker.hub
        if not hub.links and not hub.callers():
            return
        rows = await self._broker.store.fetch(
            _EVENTS,
            {"low": low, "high": high, "callers": hub.callers(), "agents": list(hub.links)},
        )
        for row in rows:
            event = StoredEvent(*row[:10])
            hub.publish(row[10], stored_item(event))
            link = hub.link_of(row[11])
            mirror = mirror_of_stored(event) if link is not None else None
            if link is not None and mirror is not None:
                link.send(mirror)

    async def _announce(self, runs: list[tuple[int, int]]) -> None:
        hub = self._broker.hub
        if not hub.callers():
            return
        ids = [number for low, high in runs for number in range(low, high + 1)]
        parameters: dict[str, Any] = {"ids": ids}
        for task in await self._broker.store.tasks(statements.TASKS_BY_ID, parameters):
            moment: datetime = task.created_at
            hub.publish(task.caller_id, created_item(task, moment))
