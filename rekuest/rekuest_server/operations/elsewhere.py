"""The other processes of this service: telling them what is theirs to do, and hearing them.

Nothing here carries data: a message names rows, the hearer reads them. A process that could not
hear for a while reads what it may have missed (`catching_up`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import LiteralString

import msgspec
from msgspec import Struct

from chassis.logs import get_logger
from rekuest_server.adapters.database import DATABASE_FAULTS
from rekuest_server.adapters.presence import CHANNEL, FAMILY, HELD
from rekuest_server.adapters.store import Store

logger = get_logger(__name__)

_NOTIFY: LiteralString = "SELECT pg_notify(%(channel)s, m) FROM unnest(%(messages)s::text[]) AS m"
#: PostgreSQL takes messages below 8000 bytes.
_MOST_RUNS = 150
_PAUSE_SECONDS = 0.25
#: What a process says to itself.
PING = "ping"
#: What it says to one it did not know, and told nothing until now.
WELCOME = "welcome"


class Message(Struct, omit_defaults=True):
    """What one process tells the others."""

    #: Who says it.
    p: str
    #: hello | welcome | deliver | fence | order | routes | events | tasks | probes
    k: str
    id: int = 0
    epoch: int = 0
    is_displaced: bool = False
    #: What an admin orders: block | kick | bounce | drain | undrain.
    order: str = ""
    runs: list[tuple[int, int]] = []


class Elsewhere:
    """Sends messages to the other processes, in order, if there are any."""

    def __init__(self, store: Store, process_id: str) -> None:
        self._store = store
        self._process = process_id
        self._waiting: deque[str] = deque()
        self._wake = asyncio.Event()
        #: The other processes that are known to live.
        self.peers: set[str] = set()
        #: Who was heard since the dead were looked up.
        self._heard: set[str] = set()

    def hello(self) -> None:
        """Tell the others that this process is there; sent even if none is known."""
        self._put(Message(self._process, "hello"))

    def deliver(self, agent_id: int) -> None:
        """Somebody has to send something to an agent that is not connected here."""
        self._tell("deliver", id=agent_id)

    def fence(self, agent_id: int, epoch: int, *, is_displaced: bool) -> None:
        """An agent is connected here now; whoever had it before lets go."""
        self._tell("fence", id=agent_id, epoch=epoch, is_displaced=is_displaced)

    def order(self, agent_id: int, order: str) -> None:
        """An admin orders something of an agent that is not connected here."""
        if self.peers:
            self._put(Message(self._process, "order", id=agent_id, order=order))

    def routes(self, organization_id: int) -> None:
        """The implementations of an organization have changed."""
        self._tell("routes", id=organization_id)

    def events(self, ids: Iterable[int]) -> None:
        """Events were written."""
        self._tell_runs("events", ids)

    def tasks(self, ids: Iterable[int]) -> None:
        """Tasks were made."""
        self._tell_runs("tasks", ids)

    def _tell_runs(self, kind: str, ids: Iterable[int]) -> None:
        if not self.peers:
            return
        runs = runs_of(ids)
        for start in range(0, len(runs), _MOST_RUNS):
            self._put(Message(self._process, kind, runs=runs[start : start + _MOST_RUNS]))

    def _tell(self, kind: str, *, id: int = 0, epoch: int = 0, is_displaced: bool = False) -> None:
        if self.peers:
            self._put(Message(self._process, kind, id=id, epoch=epoch, is_displaced=is_displaced))

    def _put(self, message: Message) -> None:
        self._waiting.append(msgspec.json.encode(message).decode())
        self._wake.set()

    async def forget_the_dead(self) -> None:
        """Stop telling processes that have ended."""
        if self.peers:
            self._heard.clear()
            rows = await self._store.fetch(HELD, {"family": FAMILY})
            self.peers &= {str(row[0]) for row in rows} | self._heard

    async def run(self) -> None:
        """Send what waits, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            messages = list(self._waiting)
            try:
                await self._store.fetch(_NOTIFY, {"channel": CHANNEL, "messages": messages})
            except DATABASE_FAULTS as error:
                # It may be this connection alone, and the others would never know of the gap.
                logger.warning(
                    "could not wake the others yet: %s", error, extra={"event": "peers.not_woken"}
                )
                self._wake.set()
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                for _ in messages:
                    self._waiting.popleft()

    def understand(self, text: str) -> Message | None:
        """Read a message of another process; keep track of who is there."""
        try:
            message = msgspec.json.decode(text, type=Message)
        except msgspec.DecodeError:
            return None
        if message.p == self._process:
            # Hearing itself, a process knows that it hears.
            return message if message.k == PING else None
        self._heard.add(message.p)
        if message.p not in self.peers:
            self.peers.add(message.p)
            # Goes before all it is told from now on; what it was not told stands in rows.
            self._put(Message(self._process, WELCOME))
        return None if message.k == PING else message


def runs_of(ids: Iterable[int]) -> list[tuple[int, int]]:
    """Return ascending numbers as runs of neighbours, both ends included."""
    runs: list[tuple[int, int]] = []
    for number in ids:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
