"""A platform whose broker is measured: straight at the service's socket, past the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
from login import log_in
from msgspec import Struct
from rawagent import INTERFACE, RawAgent
from rawhttp import JSON, Connection, Where
from rawsocket import RawSocket

from bauhof.testing import Deployment, deployment
from deployment.config import PostgresSettings
from deployment.home import Home
from deployment.postgres import Cluster, cluster_of

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

import clients_venv
from documents import operations

PATH = "/rekuest/graphql"
MIB = 1024 * 1024
#: How PostgreSQL logs what it carries out: simple statements, and executions of prepared ones.
_STATEMENT = re.compile(r"rekuest@rekuest LOG:\s+(?:statement|execute [^:]*): (.*(?:\n\t.*)*)")
_encode = msgspec.json.Encoder().encode


class Event(Struct):
    """What a watcher needs of an event of the feed."""

    task: str
    kind: str
    returns: Any = None


class _Entry(Struct):
    event: Event | None = None


class _Data(Struct):
    mytasks: _Entry | None = None


class _Payload(Struct):
    data: _Data | None = None


class _Message(Struct):
    type: str
    payload: _Payload | None = None


_read_message = msgspec.json.Decoder(_Message).decode


class Broker:
    """The broker of a platform, and what is needed to load it."""

    def __init__(self, platform: Deployment) -> None:
        self.platform = platform
        self._home = Home(Path(platform.home))
        self.where = Where(socket=self._home.socket("rekuest"), origin=platform.url)
        self.gateway = Where(origin=platform.url)
        self._key = platform.key()
        self._documents = operations(clients_venv.find(), "rekuest")

    @property
    def process(self) -> psutil.Process:
        """The server process."""
        return psutil.Process(int(self.platform.status()["services"]["rekuest"]["pid"]))

    @property
    def cluster(self) -> Cluster:
        """The database server."""
        return cluster_of(self._home, PostgresSettings())

    def cpu_seconds(self) -> float:
        """CPU time the server process has used."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    async def token(self, app: str) -> str:
        """Log an app in."""
        async with Connection(self.gateway) as connection:
            return str((await log_in(connection, self._key, app))["access_token"])

    async def rows(self, query: str) -> list[list[str]]:
        """Return what a query finds in the broker's database, as text."""
        found = await self.cluster.psql(f"\\c rekuest\n{query};")
        return [line.split("|") for line in found.splitlines() if "|" in line]

    async def wish(
        self,
        connection: Connection,
        token: str,
        agent: str,
        reference: str | None = None,
        interface: str = INTERFACE,
        arguments: dict[str, Any] | None = None,
    ) -> str:
        """Assign a task to an agent; return its id."""
        document = self._documents["assign"]
        return await assign(connection, token, document, agent, interface, reference, arguments)

    @contextlib.asynccontextmanager
    async def agents(self, count: int, **options: Any) -> AsyncIterator[list[RawAgent]]:
        """Connect agents."""
        async with contextlib.AsyncExitStack() as stack:
            yield [
                await stack.enter_async_context(
                    RawAgent(self.where, await self.token(f"org.example.agent-{n}"), **options)
                )
                for n in range(count)
            ]

    @contextlib.asynccontextmanager
    async def caller(self) -> AsyncIterator[Caller]:
        """Log a caller in and follow its feed."""
        token = await self.token("org.example.caller")
        async with RawSocket(self.where, PATH, subprotocol="graphql-ws") as feed:
            caller = Caller(self.where, token, self._documents["assign"], feed)
            await caller.follow(self._documents["WatchMyTasks"])
            reader = asyncio.create_task(caller.read())
            try:
                yield caller
            finally:
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)

    async def statements(self, work: Callable[[], Awaitable[Any]], count: int) -> tuple[float, int]:
        """Count what is sent to the database for each of `count` things that are done.

        What is sent as often while nothing is done is a timer's, and what comes fewer than once for
        a hundred things a look at a cache's age, also where its text is that of the work (an agent
        that beats meanwhile): neither grows with the work. They are returned beside it as a number.
        """
        began = time.perf_counter()
        sent = Counter(await self.sent(work))
        seconds = time.perf_counter() - began
        idle = Counter(await self.sent(lambda: asyncio.sleep(seconds)))
        recurring = 0
        for text, times in sent.items():
            rest = times % count
            recurring += times - rest
            if rest * 100 >= count and not (idle[text] and rest <= 2 * idle[text] + 2):
                recurring += rest
        return recurring / count, sent.total() - recurring

    async def sent(self, work: Callable[[], Awaitable[Any]]) -> list[str]:
        """Return the statements sent to the database meanwhile."""
        await self._log_statements("all")
        try:
            before = len(self._logged())
            await work()
            return self._logged()[before:]
        finally:
            await self._log_statements("none")

    def _logged(self) -> list[str]:
        return _STATEMENT.findall(self.platform.logs("postgres"))

    async def _log_statements(self, value: str) -> None:
        script = f"ALTER SYSTEM SET log_statement = '{value}';\nSELECT pg_reload_conf();"
        await self.cluster.psql(script)
        await asyncio.sleep(0.7)


async def assign(
    connection: Connection,
    token: str,
    document: str,
    agent: str,
    interface: str = INTERFACE,
    reference: str | None = None,
    arguments: dict[str, Any] | None = None,
) -> str:
    """Assign a task by the client's own document; return the task's id."""
    wish = {
        "agent": agent,
        "interface": interface,
        "args": arguments or {"a": 1, "b": 2},
        "capture": False,
        "policy": "AUTO",
        "reference": reference,
    }
    body = _encode({"query": document, "variables": {"input": wish}})
    status, answer = await connection.post(PATH, body, JSON, token)
    if status != 200:
        raise RuntimeError(f"assign answered {status}: {answer[:500]!r}")
    parsed = msgspec.json.decode(answer)
    if parsed.get("errors"):
        raise RuntimeError(f"assign answered {answer[:500]!r}")
    return str(parsed["data"]["assign"]["id"])


class Caller:
    """A caller with a feed; `assign` and wait for what comes of it."""

    def __init__(self, where: Where, token: str, document: str, feed: RawSocket) -> None:
        self._where = where
        self._token = token
        self._document = document
        self._feed = feed
        self._ends: dict[str, asyncio.Future[str]] = {}
        self._early: dict[str, str] = {}
        #: Called with every event of the feed.
        self.on_event: Callable[[Event], None] = lambda event: None

    async def follow(self, document: str) -> None:
        """Subscribe to the feed."""
        init = {"type": "connection_init", "payload": {"token": self._token}}
        self._feed.send(_encode(init))
        start = {"type": "start", "id": "1", "payload": {"query": document, "variables": {}}}
        self._feed.send(_encode(start))
        await asyncio.sleep(0.5)

    async def read(self) -> None:
        """Take what the feed brings, for ever."""
        while True:
            message = _read_message(await self._feed.receive())
            if message.type in {"error", "connection_error", "complete"}:
                raise RuntimeError(f"the feed ended: {message}")
            data = message.payload and message.payload.data
            event = data and data.mytasks and data.mytasks.event
            if event:
                self.on_event(event)
                if event.kind in {"COMPLETED", "FAILED", "CRITICAL", "LOST"}:
                    end = self._ends.pop(event.task, None)
                    if end is None:
                        self._early[event.task] = event.kind
                    else:
                        end.set_result(event.kind)

    async def assign(self, connection: Connection, agent: str, interface: str = INTERFACE) -> str:
        """Assign a task; return its id."""
        return await assign(connection, self._token, self._document, agent, interface)

    async def ended(self, task: str) -> str:
        """Wait for the end of a task; return its last kind."""
        kind = self._early.pop(task, None)
        if kind is not None:
            return kind
        self._ends[task] = asyncio.get_running_loop().create_future()
        return await asyncio.wait_for(self._ends[task], 60)

    async def calls(self, agents: list[str], count: int, at_once: int) -> list[float]:
        """Run tasks from the wish to the end; return the milliseconds of each."""
        times: list[float] = []
        numbers = iter(range(count))

        async def worker() -> None:
            async with Connection(self._where) as connection:
                for number in numbers:
                    started = time.perf_counter()
                    task = await self.assign(connection, agents[number % len(agents)])
                    kind = await self.ended(task)
                    if kind != "COMPLETED":
                        raise RuntimeError(f"task {task} ended {kind}")
                    times.append((time.perf_counter() - started) * 1000)

        await asyncio.gather(*(worker() for _ in range(at_once)))
        return times


@contextlib.contextmanager
def broker() -> Iterator[Broker]:
    """Run a platform."""
    with deployment() as platform:
        yield Broker(platform)
