"""Server processes of one database: who lives, and small messages between them.

Each process holds an advisory lock on a connection of its own. PostgreSQL drops the lock with the
connection, so a process that was killed is known to be dead at once. The same connection listens
for messages; they only wake, whatever they are about stands in rows.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import LiteralString

import psycopg
from psycopg.rows import TupleRow

from chassis.logs import get_logger
from rekuest_server.adapters.database import Connection

logger = get_logger(__name__)

#: The first key of the locks; the second one names the process.
FAMILY = 0x52454B55
#: The channel of the messages between processes.
CHANNEL = "rekuest"
_PAUSE_SECONDS = 0.5
#: How often it is asked whether the connection is in doubt.
_DOUBT_SECONDS = 1.0

_TAKE: LiteralString = "SELECT pg_advisory_lock(%(family)s, %(process)s)"
_LISTEN: LiteralString = "LISTEN rekuest"
#: The processes that live.
HELD: LiteralString = """
SELECT objid::bigint FROM pg_locks
WHERE locktype = 'advisory' AND classid = %(family)s AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
#: Whether a process lives, by its id.
IS_LIVING: LiteralString = """
SELECT EXISTS (
  SELECT 1 FROM pg_locks
  WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


def new_process_id() -> str:
    """Return a name for a process that fits into a lock's key."""
    return str(secrets.randbelow(2**31))


class Presence:
    """Shows that this process lives and hears the others, over breaks of its connection."""

    def __init__(self, process_id: str, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._process = int(process_id)
        self._connect = connect
        #: Set while the lock is held and messages are heard.
        self.is_held = asyncio.Event()
        self._is_doubted = False

    def doubt(self) -> None:
        """Take a new connection: nothing is heard on this one, though nobody said that it broke."""
        self._is_doubted = True

    async def run(self, heard: Callable[[str], None], joined: Callable[[set[str]], None]) -> None:
        """Hold the lock and hand every message to `heard`, for ever.

        `joined` gets the other living processes each time the connection stands: whatever was said
        while it did not is lost.
        """
        while True:
            try:
                await self._hold(heard, joined)
            except (psycopg.Error, OSError) as error:
                logger.warning(
                    "this process cannot show that it lives: %s",
                    error,
                    extra={"event": "presence.lost"},
                )
            self.is_held.clear()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _hold(self, heard: Callable[[str], None], joined: Callable[[set[str]], None]) -> None:
        conn = await self._connect()
        try:
            await conn.execute(_LISTEN)
            await conn.execute(_TAKE, {"family": FAMILY, "process": self._process})
            cursor = await conn.execute(HELD, {"family": FAMILY})
            joined(self._others(await cursor.fetchall()))
            self.is_held.set()
            self._is_doubted = False
            while not self._is_doubted:
                async for notice in conn.notifies(timeout=_DOUBT_SECONDS):
                    heard(notice.payload)
        finally:
            await conn.close()

    def _others(self, rows: list[TupleRow]) -> set[str]:
        return {str(row[0]) for row in rows} - {str(self._process)}
