"""Notes between processes about the probes whose two sides are connected to different ones.

A note is a row, for its frame may be as large as a message can be; a notice only wakes. The notes
of a process are written one batch after the other, so they are read in the order of their saying.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import LiteralString

import msgspec
from msgspec import Struct

from chassis.logs import get_logger
from rekuest_server.adapters.database import DATABASE_FAULTS
from rekuest_server.adapters.presence import CHANNEL, FAMILY
from rekuest_server.adapters.store import Store
from rekuest_server.operations.elsewhere import Message

logger = get_logger(__name__)

_BATCH_BYTES = 4 * 1024 * 1024
_MOST_READ = 20
_PAUSE_SECONDS = 0.25

_WRITE: LiteralString = """
WITH written AS (
  INSERT INTO rekuest_probenote
    (process, sender, probe, kind, frame, agent_id, seq, is_last, ends_at)
  SELECT process, %(sender)s, probe, kind, frame, agent, seq, is_last,
    clock_timestamp() + make_interval(secs => seconds)
  FROM json_to_recordset(%(notes)s::json) AS x(
    n int, process text, probe text, kind text, frame text, agent bigint, seq int,
    is_last bool, seconds float8)
  ORDER BY n
)
SELECT pg_notify(%(channel)s, m) FROM unnest(%(messages)s::text[]) AS m
"""
_READ: LiteralString = """
DELETE FROM rekuest_probenote WHERE id IN (
  SELECT id FROM rekuest_probenote WHERE process = %(process)s ORDER BY id LIMIT %(most)s)
RETURNING id, sender, probe, kind, frame, agent_id, seq, is_last,
  extract(epoch FROM ends_at - clock_timestamp())::float8
"""
_DROP_OVERDUE: LiteralString = "DELETE FROM rekuest_probenote WHERE ends_at < clock_timestamp()"
#: The living process an agent is connected to.
_PROCESS_OF: LiteralString = """
SELECT g.process_id FROM rekuest_agent g
WHERE g.id = %(agent)s AND g.connected AND g.lease_expires_at > clock_timestamp()
  AND EXISTS (
    SELECT 1 FROM pg_locks
    WHERE locktype = 'advisory' AND classid = %(family)s AND objid::text = g.process_id
      AND objsubid = 2 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


class Note(Struct):
    """Something about a probe for the process `process`."""

    process: str
    probe: str
    #: start | worker | asker
    kind: str
    frame: str
    #: Until the probe is over.
    seconds: float
    agent: int = 0
    seq: int = 0
    is_last: bool = False
    #: The place in its batch.
    n: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """A note as its reader gets it."""

    sender: str
    probe: str
    kind: str
    frame: str
    agent: int
    seq: int
    is_last: bool
    seconds: float


class ProbePost:
    """Writes the notes of this process and reads those for it."""

    def __init__(self, store: Store, process_id: str) -> None:
        self._store = store
        self._process = process_id
        self._waiting: deque[Note] = deque()
        self._wake = asyncio.Event()
        self._reading = asyncio.Lock()

    async def process_of(self, agent_id: int) -> str | None:
        """Return the other living process an agent is connected to."""
        rows = await self._store.fetch(_PROCESS_OF, {"agent": agent_id, "family": FAMILY})
        found = str(rows[0][0]) if rows else None
        return None if found == self._process else found

    def put(self, note: Note) -> None:
        """Write a note after those before it."""
        self._waiting.append(note)
        self._wake.set()

    async def write(self, notes: Sequence[Note]) -> None:
        """Write notes now, and wake who is to read them."""
        for place, note in enumerate(notes):
            note.n = place
        readers = sorted({note.process for note in notes})
        messages = [Message(self._process, "probes", id=int(reader)) for reader in readers]
        await self._store.fetch(
            _WRITE,
            {
                "sender": self._process,
                "notes": msgspec.json.encode(notes).decode(),
                "channel": CHANNEL,
                "messages": [msgspec.json.encode(message).decode() for message in messages],
            },
        )

    async def run(self) -> None:
        """Write what waits, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch = self._batch()
                try:
                    await self.write(batch)
                except DATABASE_FAULTS as error:
                    logger.warning("notes wait: %s", error, extra={"event": "probe.waiting"})
                    await asyncio.sleep(_PAUSE_SECONDS)
                    continue
                for _ in batch:
                    self._waiting.popleft()

    def _batch(self) -> list[Note]:
        batch, size = list[Note](), 0
        for note in self._waiting:
            size += len(note.frame)
            if batch and size > _BATCH_BYTES:
                break
            batch.append(note)
        return batch

    async def read(self, hear: Callable[[Heard], None]) -> None:
        """Hand every note for this process on, in order."""
        async with self._reading:
            while True:
                rows = await self._store.fetch(
                    _READ, {"process": self._process, "most": _MOST_READ}
                )
                for row in sorted(rows, key=lambda row: int(row[0])):
                    hear(Heard(*row[1:]))
                if len(rows) < _MOST_READ:
                    return

    async def drop_overdue(self) -> None:
        """Remove the notes nobody has read in the time of their probe."""
        await self._store.fetch(_DROP_OVERDUE, {})
