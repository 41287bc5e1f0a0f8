"""The broker is killed with fifty tasks running in apps of the released client."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from broker import Broker, broker
from figures import figure
from rawhttp import Connection

sys.path.insert(0, str(Path(__file__).parents[1] / "acceptance"))

from platform_handle import clients_python
from processes import PROGRAMS, Program, open_gate, private_environment

BENCH = "rekuest_recovery"
APPS = 2
TASKS = 50
STATES = "SELECT latest_kind, count(*) FROM rekuest_task GROUP BY latest_kind"
ENDS = "SELECT 'ends', count(*) FROM rekuest_taskevent WHERE kind IN ('YIELD', 'COMPLETED')"


def start(service: Broker, folder: Path, number: int) -> Program:
    """Start an app."""
    name = f"org.example.recovery-{number}"
    environment = private_environment(
        folder / name,
        FAKTS_URL=service.platform.url,
        FAKTS_MANDATE_KEY=service.platform.key(),
        WORKSHOP=name,
    )
    command = [str(clients_python()), str(PROGRAMS / "workshop.py")]
    return Program(command, home=folder / name, environment=environment)


async def states(service: Broker) -> dict[str, int]:
    """How many tasks are in each state."""
    return {kind: int(count) for kind, count in await service.rows(STATES)}


async def until(service: Broker, kind: str, count: int) -> None:
    """Wait until that many tasks are in a state."""
    while (await states(service)).get(kind, 0) < count:
        await asyncio.sleep(0.2)


async def measure(service: Broker, folder: Path) -> bool:
    """Print all figures."""
    apps = [start(service, folder, number) for number in range(APPS)]
    try:
        for app in apps:
            await asyncio.to_thread(app.wait, what="connection", state="registered")
        return await kill(service, folder, apps)
    finally:
        for app in apps:
            app.close()


async def kill(service: Broker, folder: Path, apps: list[Program]) -> bool:
    """Start the tasks, kill the broker, and see what becomes of them."""
    token, gate = await service.token("org.example.caller"), folder / "gate"
    agents = await service.rows("SELECT id, 'agent' FROM rekuest_agent")
    async with Connection(service.where) as connection:
        for number in range(TASKS):
            agent = agents[number % len(agents)][0]
            arguments = {"gate": str(gate)}
            await service.wish(connection, token, agent, interface="wait_for", arguments=arguments)
    await asyncio.wait_for(until(service, "STARTED", TASKS), 60)
    before = [len(app.seen(what="connection", state="registered")) for app in apps]
    started = time.perf_counter()
    await asyncio.to_thread(service.platform.kill, "rekuest")
    while True:
        try:
            async with Connection(service.where) as connection:
                await service.wish(connection, token, agents[0][0], "ready?", "add")
            break
        except (OSError, RuntimeError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.05)
    ready = time.perf_counter() - started
    for app, count in zip(apps, before, strict=True):
        await asyncio.to_thread(app.wait, after=count, what="connection", state="registered")
    back = time.perf_counter() - started
    open_gate(gate, "through it all")
    await asyncio.wait_for(until(service, "COMPLETED", TASKS + 1), 60)
    ends = int((await service.rows(ENDS))[0][1])
    note = f"killed with {TASKS} tasks running in {APPS} apps of the released client"
    once = ends - 2 * (TASKS + 1)
    return all(
        [
            figure(BENCH, "ready_again", ready, "s", most=4, against=note),
            figure(BENCH, "agents_back", back, "s", most=8, against=note),
            figure(BENCH, "ends_too_many", once, "events", most=0, against="all tasks completed"),
        ]
    )


def main() -> bool:
    """Measure."""
    with broker() as service, tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(service, Path(folder)))
