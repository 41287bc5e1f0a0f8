"""Twenty users on one machine: what the parts of an embedded platform take, idle and at work.

Twenty apps of raw frames and twenty callers, all through the gateway, and one released client that
stores images. `working`: every caller has an action run each second, an image is stored every five
seconds. `most`: every caller asks again as soon as it was answered, and nothing is stored.
`USERS_BENCH` is another number of users, `USERS_BENCH_SECONDS` another length than 60.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import uvloop
from bench_memory import processes_of
from broker import PATH, Broker, Caller
from figures import figure, percentile
from rawagent import RawAgent
from rawhttp import Connection
from rawsocket import RawSocket

sys.path.append(str(Path(__file__).parents[1] / "acceptance"))

from platform_handle import clients_python
from processes import private_environment

from bauhof.testing import Deployment, deployment
from deployment.home import Home

BENCH = "users"
USERS = int(os.environ.get("USERS_BENCH", "20"))
SECONDS = float(os.environ.get("USERS_BENCH_SECONDS", "60"))
IMAGE_MIB = 16
IMAGE_EVERY = 5.0
PROGRAM = Path(__file__).parent / "users_program.py"
MIB, GIB = 1024**2, 1024**3
Sums = dict[str, float]


@dataclass
class Load:
    """What was done in a while, and what it took."""

    seconds: float = 0.0
    #: From the wish to the end, milliseconds.
    calls: list[float] = field(default_factory=list)
    #: Each with its seconds and bytes.
    images: list[dict[str, float]] = field(default_factory=list)
    #: Seconds of CPU and mebibytes by part.
    cpu: Sums = field(default_factory=dict)
    memory: Sums = field(default_factory=dict)
    connections: float = 0.0


class Watch:
    """Looks at the processes of a platform from outside, and at what it tells of itself."""

    def __init__(self, platform: Deployment) -> None:
        status = platform.status()["services"]
        self._pids = {name: int(part["pid"]) for name, part in status.items()}
        self._fakts = Home(Path(platform.home)).socket("fakts")
        self._objects = Home(Path(platform.home)).objects_dir
        self._broker = Broker(platform)

    def cpu(self) -> Sums:
        """Seconds each part has used, those of ended processes included."""
        used: defaultdict[str, float] = defaultdict(float)
        for name, processes in processes_of(self._pids).items():
            for first, process in zip([True] + [False] * len(processes), processes, strict=False):
                with contextlib.suppress(psutil.NoSuchProcess):
                    times = process.cpu_times()
                    used[name] += times.user + times.system
                    if first and name != "supervisor":
                        used[name] += times.children_user + times.children_system
        return used

    def memory(self) -> Sums:
        """PSS of each part."""
        found: defaultdict[str, float] = defaultdict(float)
        for name, processes in processes_of(self._pids).items():
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    found[name] += process.memory_full_info().pss / MIB
        return found

    def connections(self) -> tuple[float, float]:
        """Connections to the database, and most that there may be."""
        way = httpx.HTTPTransport(uds=str(self._fakts))
        with httpx.Client(transport=way, timeout=60) as client:
            text = client.get("http://localhost/fakts/metrics").text
        values = dict(
            line.split(" ") for line in text.splitlines() if line.startswith("bauhof_postgres_con")
        )
        return (
            float(values["bauhof_postgres_connections"]),
            float(values["bauhof_postgres_connections_limit"]),
        )

    async def database_bytes(self, name: str) -> float:
        """Size of a database."""
        rows = await self._broker.rows(f"SELECT 'size', pg_database_size('{name}')")
        return float(rows[0][1])

    def object_bytes(self) -> float:
        """What objects take on the disk."""
        files = (path for path in self._objects.rglob("*") if path.is_file())
        return float(sum(path.stat().st_blocks * 512 for path in files))


@contextlib.asynccontextmanager
async def storing(
    platform: Deployment, folder: Path, told: list[dict[str, float]]
) -> AsyncIterator[None]:
    """Have images stored meanwhile."""
    environment = private_environment(
        folder,
        FAKTS_URL=platform.url,
        FAKTS_MANDATE_KEY=platform.key(),
        MIB=str(IMAGE_MIB),
        SECONDS=str(IMAGE_EVERY),
    )
    words = [str(clients_python()), str(PROGRAM)]
    program = subprocess.Popen(
        words,
        env=environment,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    try:
        # The first is no figure: until it is there the client logs in.
        if not await asyncio.to_thread(program.stdout.readline):
            raise RuntimeError("no image was stored")
        yield
    finally:
        out, _ = await asyncio.to_thread(program.communicate, timeout=300)
        told += [json.loads(line) for line in out.splitlines() if line.startswith("{")]


@dataclass
class User:
    """An app, and somebody who has an action of it run."""

    agent: RawAgent
    caller: Caller

    async def call(self, connection: Connection) -> float:
        """Have it run once; return milliseconds until the end was seen."""
        began = time.perf_counter()
        task = await self.caller.assign(connection, self.agent.agent_id)
        kind = await self.caller.ended(task)
        if kind != "COMPLETED":
            raise RuntimeError(f"a task ended {kind}")
        return (time.perf_counter() - began) * 1000


@contextlib.asynccontextmanager
async def users(broker: Broker) -> AsyncIterator[list[User]]:
    """Log everybody in."""
    documents = broker._documents
    async with contextlib.AsyncExitStack() as stack:
        found, readers = [], []
        for number in range(USERS):
            token = await broker.token(f"org.example.app-{number}")
            agent = await stack.enter_async_context(RawAgent(broker.gateway, token))
            token = await broker.token(f"org.example.user-{number}")
            feed = RawSocket(broker.gateway, PATH, subprotocol="graphql-ws")
            feed = await stack.enter_async_context(feed)
            caller = Caller(broker.gateway, token, documents["assign"], feed)
            await caller.follow(documents["WatchMyTasks"])
            readers.append(asyncio.create_task(caller.read()))
            found.append(User(agent, caller))
        try:
            yield found
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)


async def work(
    broker: Broker, watch: Watch, everybody: list[User], seconds: float, every: float
) -> Load:
    """Have all users call for a while, each again after `every` seconds."""
    load = Load()
    began = time.perf_counter()
    until = began + seconds

    async def one(number: int, user: User) -> None:
        # Not all in the same moment, as users do not.
        await asyncio.sleep(every * number / len(everybody))
        async with Connection(broker.gateway) as connection:
            while (moment := time.perf_counter()) < until:
                load.calls.append(await user.call(connection))
                await asyncio.sleep(max(0.0, moment + every - time.perf_counter()))

    async def look() -> None:
        while time.perf_counter() < until:
            await asyncio.sleep(min(5.0, seconds / 2))
            found, _ = await asyncio.to_thread(watch.connections)
            load.connections = max(load.connections, found)
            load.memory = await asyncio.to_thread(watch.memory)

    before = watch.cpu()
    await asyncio.gather(look(), *(one(*pair) for pair in enumerate(everybody)))
    load.seconds = time.perf_counter() - began
    load.cpu = {name: used - before.get(name, 0.0) for name, used in watch.cpu().items()}
    return load


async def idle(watch: Watch, seconds: float) -> Load:
    """Look at a platform nobody uses."""
    await asyncio.sleep(5)
    before, began = watch.cpu(), time.perf_counter()
    await asyncio.sleep(seconds)
    spent = time.perf_counter() - began
    cpu = {name: used - before.get(name, 0.0) for name, used in watch.cpu().items()}
    return Load(spent, cpu=cpu, memory=watch.memory(), connections=watch.connections()[0])


def tell(name: str, load: Load, note: str) -> None:
    """Print what a while took, by part and as a sum."""
    for part in sorted(load.memory):
        share = 100 * load.cpu.get(part, 0.0) / load.seconds
        figure(BENCH, f"{name}_cpu_{part}", share, "% of a core", against=note)
        figure(BENCH, f"{name}_pss_{part}", load.memory[part], "MiB", against=note)
    total = 100 * sum(load.cpu.values()) / load.seconds
    figure(BENCH, f"{name}_cpu", total, "% of a core", against=note)
    figure(BENCH, f"{name}_pss", sum(load.memory.values()), "MiB", against=note)
    figure(BENCH, f"{name}_connections", load.connections, "connections", against=note)


def tell_calls(name: str, load: Load, note: str) -> None:
    """Print how calls went."""
    rate = len(load.calls) / load.seconds
    figure(BENCH, f"{name}_calls", rate, "calls/s", against=note)
    for share in (0.5, 0.99):
        value = percentile(load.calls, share)
        figure(BENCH, f"{name}_p{share * 100:.0f}", value, "ms", against=note)


async def measure(platform: Deployment, folder: Path) -> bool:
    """Print all figures."""
    watch, broker = Watch(platform), Broker(platform)
    tell("idle", await idle(watch, min(SECONDS, 30)), "nobody is logged in")
    images: list[dict[str, float]] = []
    async with users(broker) as everybody:
        note = f"{USERS} apps and callers connected, nothing is done"
        tell("connected", await idle(watch, min(SECONDS, 30)), note)
        objects, rows = watch.object_bytes(), await watch.database_bytes("mikro")
        async with storing(platform, folder, images):
            load = await work(broker, watch, everybody, SECONDS, 1.0)
        note = f"{USERS} users, a call a second each, {IMAGE_MIB} MiB every {IMAGE_EVERY:g} s"
        tell("working", load, note)
        tell_calls("working", load, note)
        _tell_images(images, note)
        # With the first one, which was stored before the others were counted.
        stored = sum(one["bytes"] for one in images) + IMAGE_MIB * MIB
        kept = (watch.object_bytes() - objects) / stored
        figure(BENCH, "disk_per_gib_of_images", kept * 1024, "MiB", against="zstd, with noise")
        grown = (await watch.database_bytes("mikro") - rows) / (len(images) + 1)
        figure(BENCH, "database_per_image", grown / 1024, "KiB")
        rows = await watch.database_bytes("rekuest")
        load = await work(broker, watch, everybody, SECONDS, 0.0)
        note = f"{USERS} users, each calls again at once"
        tell("most", load, note)
        tell_calls("most", load, note)
        grown = (await watch.database_bytes("rekuest") - rows) / len(load.calls)
        figure(BENCH, "disk_per_1000_tasks", grown * 1000 / MIB, "MiB", against="tables, indexes")
    _, limit = watch.connections()
    return figure(BENCH, "connections_limit", limit, "connections", least=load.connections)


def _tell_images(images: list[dict[str, Any]], note: str) -> None:
    seconds = [one["seconds"] for one in images]
    if seconds:
        median = percentile(seconds, 0.5)
        figure(BENCH, "image", median, "s", against=f"{len(images)} images; {note}")


def main() -> bool:
    """Measure."""
    environment = {"FAKTS__SYNTHETIC__EVERY_SECONDS": "60"}
    with (
        tempfile.TemporaryDirectory(prefix="bh") as folder,
        deployment(env=environment) as platform,
    ):
        return uvloop.run(measure(platform, Path(folder)))
