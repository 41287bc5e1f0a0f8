"""What a process does once it hears the others again: all they may have said meanwhile.

Messages only wake, so what they were about is read from rows: who has an agent now, what agents
here are owed, and the events since a bookmark, which are told once more. Readers drop what they
have seen by its number. Only `kick` and `bounce`, which an admin says once, are not said again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import LiteralString

from chassis.logs import get_logger
from rekuest_server.adapters.database import DATABASE_FAULTS
from rekuest_server.adapters.presence import CHANNEL, Presence
from rekuest_server.operations.agent_admin import obey
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.hub import AgentLink
from rekuest_server.operations.recovery import send_owed_controls
from rekuest_server.operations.sweep import deliver_due

logger = get_logger(__name__)

_LAST: LiteralString = "SELECT coalesce(max(id), 0) FROM rekuest_taskevent"
_AGENTS: LiteralString = """
SELECT id, process_id, blocked, draining FROM rekuest_agent WHERE id = ANY(%(ids)s)
"""
_PING: LiteralString = """
SELECT pg_notify(%(channel)s, json_build_object('p', %(process)s::text, 'k', 'ping', 'id',
  (SELECT coalesce(max(id), 0) FROM rekuest_taskevent))::text)
"""
_TURN_SECONDS = 10.0
#: Turns without hearing itself after which a process takes itself for deaf.
_MOST_SILENT = 3
#: Events told again in one read.
_CHUNK = 5000
#: So many cannot be told again; feeds end instead.
_MOST = 500_000
_RESTART = 1012


class Bookmark:
    """The last event at the turn before the last one, so that nothing unheard lies before it.

    It is turned by a message of this process to itself, which comes after all that was said before.
    """

    def __init__(self) -> None:
        self.at: int | None = None
        #: How often it was to be turned since it was.
        self.overdue = 0
        self._next = 0

    def turn(self, last: int) -> None:
        """Note the last event there is now."""
        self.at = last if self.at is None else self._next
        self._next = last
        self.overdue = 0


async def keep_bookmark(broker: Broker, bookmark: Bookmark, presence: Presence) -> None:
    """Have the page turned for ever; a process that does not hear itself listens anew."""
    while True:
        await presence.is_held.wait()
        if bookmark.overdue >= _MOST_SILENT:
            logger.warning("this process hears nothing", extra={"event": "peers.deaf"})
            bookmark.overdue = 0
            presence.doubt()
        try:
            await broker.store.fetch(_PING, {"channel": CHANNEL, "process": broker.process_id})
        except DATABASE_FAULTS as error:
            logger.info("no bookmark yet: %s", error, extra={"event": "peers.no_bookmark"})
        else:
            bookmark.overdue += 1
        await asyncio.sleep(_TURN_SECONDS)


async def last_event(broker: Broker) -> int:
    """Return the number of the last event."""
    return int((await broker.store.fetch(_LAST, {}))[0][0])


async def agents_caught_up(broker: Broker) -> None:
    """Let go of agents that are elsewhere now, and send those that are here what they are owed."""
    broker.routes.forget_all()
    links = dict(broker.hub.links)
    rows = await broker.store.fetch(_AGENTS, {"ids": list(links)}) if links else []
    for agent_id, process, is_blocked, is_draining in rows:
        link = links[agent_id]
        if process != broker.process_id:
            link.close(_RESTART, "connected to another server process")
        elif is_blocked:
            obey(broker, agent_id, "block")
        else:
            obey(broker, agent_id, "drain" if is_draining else "undrain")
            await _send_owed(broker, link)


async def _send_owed(broker: Broker, link: AgentLink) -> None:
    await deliver_due(broker, [link])
    await send_owed_controls(broker=broker, link=link)


async def events_caught_up(
    broker: Broker, bookmark: Bookmark, tell: Callable[[int, int], Awaitable[None]]
) -> None:
    """Have the events since the bookmark told again."""
    if bookmark.at is None:
        return
    last = await last_event(broker)
    if last - bookmark.at > _MOST:
        logger.warning("too much was missed", extra={"event": "peers.missed_too_much"})
        broker.hub.close_feeds()
        return
    for low in range(bookmark.at + 1, last + 1, _CHUNK):
        await tell(low, min(low + _CHUNK - 1, last))
