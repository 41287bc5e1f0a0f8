"""Work under faults: agents and callers that keep on while parts of a platform are killed.

For ten minutes it is a soak (`bench_soak.py`), for one a story of the tests. What it counts is read
from the rows at the end: a task lost, an event lost, an event doubled.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any

from broker import Broker
from rawagent import RawAgent
from rawhttp import Connection
from rawsocket import SocketEnded

AGENTS = 4
CALLERS = 6
YIELDS = 5
#: What may break while one waits: the connection, the upgrade, an answer of the gateway.
BROKEN = (SocketEnded, OSError, RuntimeError, TimeoutError, asyncio.IncompleteReadError)
CENSUS = """
SELECT t.reference, t.latest_kind, count(*) FILTER (WHERE e.kind = 'YIELD'),
  count(*) FILTER (WHERE e.kind = 'STARTED'), count(*) FILTER (WHERE e.kind = t.latest_kind)
FROM rekuest_task t JOIN rekuest_taskevent e ON e.task_id = t.id
WHERE t.reference LIKE 'storm-%' GROUP BY t.id
"""


@dataclass
class Census:
    """What became of the work."""

    asked: int = 0
    faults: int = 0
    #: References of tasks that were acknowledged to their caller and did not complete.
    lost: list[str] = field(default_factory=list)
    #: References of tasks with an event too few or too many.
    miscounted: list[str] = field(default_factory=list)


class Enduring(RawAgent):
    """An agent that comes back and sends again what is not acknowledged, as the client does."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kept: list[dict[str, Any]] = []
        self.taken: set[str] = set()
        self.on_assign = self.take
        self._is_up = False

    def take(self, frame: dict[str, Any]) -> None:
        """Run a task once, in its own time."""
        if frame["task"] not in self.taken:
            self.taken.add(frame["task"])
            asyncio.get_running_loop().create_task(self._work(frame["task"]))

    async def _work(self, task: str) -> None:
        self.report("STARTED", task)
        for number in range(YIELDS):
            await asyncio.sleep(random.uniform(0.0, 0.2))
            self.report("YIELD", task, returns={"sum": number})
        self.report("COMPLETED", task)

    def post(self, frame: dict[str, Any]) -> None:
        """Keep what is numbered; send it if there is a connection."""
        if "pos" in frame:
            self.kept.append(frame)
        if self._is_up:
            super().post(frame)

    async def endure(self) -> None:
        """Be connected, for ever."""
        while True:
            with contextlib.suppress(*BROKEN):
                await self.connected()
            self._is_up = False
            self._outbox = []
            await asyncio.sleep(random.uniform(0.2, 0.5))

    async def connected(self) -> None:
        """Connect and read until the connection breaks."""
        self.renew()
        async with self.socket:
            self.socket.send(json.dumps(self._register()).encode())
            init = json.loads(await asyncio.wait_for(self.socket.receive(), 10))
            if init["type"] != "INIT":
                raise RuntimeError(str(init))
            self.agent_id = init["agent"]
            self._is_up = True
            self.kept = [frame for frame in self.kept if frame["pos"] > self.acked]
            for frame in self.kept:
                super().post(frame)
            if self.pos == 0:
                self.report("SESSION_INIT", session_id=self.session, states={})
            await self._read()


async def caller(
    service: Broker, token: str, agent: Enduring, census: Census, until: float
) -> None:
    """Ask for one task after the other; a wish that was not answered is repeated as it was."""
    number = 0
    while time.monotonic() < until:
        number += 1
        census.asked += 1
        reference = f"storm-{id(agent)}-{id(asyncio.current_task())}-{number}"
        while True:
            try:
                async with Connection(service.gateway) as connection:
                    async with asyncio.timeout(10):
                        await service.wish(connection, token, agent.agent_id, reference)
                break
            except BROKEN:
                await asyncio.sleep(0.3)
        await asyncio.sleep(random.uniform(0.0, 0.2))


async def faults(service: Broker, census: Census, until: float, pause: float, least: int) -> None:
    """Kill something every few seconds, and so many times at least."""
    while time.monotonic() < until or census.faults < least:
        await asyncio.sleep(random.uniform(pause / 2, pause))
        victim = random.choice(["rekuest", "rekuest", "gateway", "postgres"])
        with contextlib.suppress(Exception):
            await asyncio.to_thread(service.platform.kill, victim)
            census.faults += 1


async def storm(service: Broker, seconds: float, *, pause: float = 5.0, least: int = 0) -> Census:
    """Let everything work and break for a while, then wait until all is done and count."""
    census = Census()
    until = time.monotonic() + seconds
    agents = []
    for number in range(AGENTS):
        token = await service.token(f"org.example.storm-{number}")
        agents.append(Enduring(service.gateway, token))
    enduring = [asyncio.create_task(agent.endure()) for agent in agents]
    while not all(agent.agent_id for agent in agents):
        await asyncio.sleep(0.1)
    token = await service.token("org.example.caller")
    work = [
        caller(service, token, agents[number % AGENTS], census, until) for number in range(CALLERS)
    ]
    await asyncio.gather(*work, faults(service, census, until, pause, least))
    await settled(service, census)
    for task in enduring:
        task.cancel()
    await asyncio.gather(*enduring, return_exceptions=True)
    return census


async def settled(service: Broker, census: Census) -> None:
    """Wait until no task is open, then compare the rows with what must be there."""
    deadline = time.monotonic() + 180
    rows: list[list[str]] = []
    while time.monotonic() < deadline:
        with contextlib.suppress(Exception):
            rows = await service.rows(CENSUS)
            if len(rows) >= census.asked and all(row[1] == "COMPLETED" for row in rows):
                break
        await asyncio.sleep(1)
    census.lost = [row[0] for row in rows if row[1] != "COMPLETED"]
    census.lost += ["never made"] * (census.asked - len(rows))
    wanted = [str(YIELDS), "1", "1"]
    census.miscounted = [row[0] for row in rows if row[2:] != wanted]
