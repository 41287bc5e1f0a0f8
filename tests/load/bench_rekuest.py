"""The broker with one raw agent: tasks and events per second, waiting times, SQL per task.

All traffic goes through the gateway. A task here is QUEUED, STARTED, YIELD, COMPLETED; it counts
when the agent's last report of it is acknowledged, which is after the commit.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from pathlib import Path
from typing import Any

from figures import figure, percentile
from login import log_in
from rawagent import INTERFACE, RawAgent
from rawhttp import Connection, Where
from websockets.asyncio.client import connect

from bauhof.testing import Deployment, deployment
from deployment.config import PostgresSettings
from deployment.home import Home
from deployment.postgres import cluster_of

TASKS = 2000
CALLERS = 16
SERIAL_TASKS = 200
EVENTS = 20_000
TRACED_TASKS = 200
ASSIGN = "mutation Assign($input: AssignInput!) { assign(input: $input) { id } }"
EVENTS_OF_MINE = "subscription { mytasks { event { task kind } } }"
#: How PostgreSQL logs what it carries out: simple statements, and executions of prepared ones.
STATEMENT = re.compile(r"rekuest@rekuest LOG:\s+(?:statement|execute [^:]*): (.*)")


async def assign(connection: Connection, token: str, agent: str) -> str:
    """Assign a task; return its id."""
    wish = {
        "agent": agent,
        "interface": INTERFACE,
        "args": {"a": 1, "b": 2},
        "capture": False,
    }
    data = await connection.graphql("/rekuest/graphql", token, ASSIGN, input=wish)
    return str(data["assign"]["id"])


async def many_tasks(where: Where, token: str, agent: RawAgent, count: int) -> float:
    """Assign tasks from many callers at once; return tasks per second."""
    turns = itertools.count()

    async def caller() -> None:
        async with Connection(where) as connection:
            while next(turns) < count:
                await assign(connection, token, agent.agent_id)

    before = agent.pos
    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    await agent.acknowledged(before + 3 * count)
    return count / (time.perf_counter() - started)


async def serial_tasks(
    where: Where, token: str, agent: RawAgent
) -> tuple[list[float], list[float]]:
    """Assign one after the other; return milliseconds to the agent and to the caller's result."""
    arrived: dict[str, float] = {}
    finished: asyncio.Queue[str] = asyncio.Queue()

    def on_assign(frame: dict[str, Any]) -> None:
        arrived[frame["task"]] = time.perf_counter()
        agent.complete(frame)

    async def watch(ready: asyncio.Event) -> None:
        url = where.origin.replace("http", "ws", 1) + "/rekuest/graphql"
        async with connect(url, subprotocols=["graphql-ws"], compression=None) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": {"token": token}}))
            subscription = {"query": EVENTS_OF_MINE, "variables": {}}
            await socket.send(json.dumps({"type": "start", "id": "1", "payload": subscription}))
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "connection_ack":
                    asyncio.get_running_loop().call_later(0.5, ready.set)
                if message["type"] in {"error", "connection_error"}:
                    raise RuntimeError(text)
                event = ((message.get("payload") or {}).get("data") or {}).get("mytasks") or {}
                if event.get("event") and event["event"]["kind"] == "COMPLETED":
                    finished.put_nowait(event["event"]["task"])

    agent.on_assign = on_assign
    ready = asyncio.Event()
    watcher = asyncio.create_task(watch(ready))
    await asyncio.wait_for(ready.wait(), 20)
    to_agent, to_caller = [], []
    async with Connection(where) as connection:
        for _ in range(SERIAL_TASKS):
            started = time.perf_counter()
            task = await assign(connection, token, agent.agent_id)
            while await asyncio.wait_for(finished.get(), 20) != task:
                pass
            to_caller.append((time.perf_counter() - started) * 1000)
            to_agent.append((arrived[task] - started) * 1000)
    watcher.cancel()
    agent.on_assign = agent.complete
    return to_agent, to_caller


async def many_events(where: Where, token: str, agent: RawAgent) -> float:
    """Report logs of one task as fast as the socket takes them; return events per second."""
    taken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    agent.on_assign = lambda frame: taken.set_result(frame["task"])
    async with Connection(where) as connection:
        await assign(connection, token, agent.agent_id)
    task = await asyncio.wait_for(taken, 20)
    agent.report("STARTED", task)
    started = time.perf_counter()
    for number in range(EVENTS):
        agent.report("LOG", task, message=f"line {number} of a log that says little", level="INFO")
    await agent.acknowledged()
    rate = EVENTS / (time.perf_counter() - started)
    agent.report("COMPLETED", task)
    await agent.acknowledged()
    agent.on_assign = agent.complete
    return rate


async def statements(platform: Deployment, where: Where, token: str, agent: RawAgent) -> float:
    """Run tasks one at a time with the database's statement log on; return statements per task."""
    home = Home(Path(platform.home))
    cluster = cluster_of(home, PostgresSettings())

    async def trace(value: str) -> None:
        script = f"ALTER SYSTEM SET log_statement = '{value}';\nSELECT pg_reload_conf();"
        await cluster.psql(script)
        await asyncio.sleep(1)

    await trace("all")
    before = len(STATEMENT.findall(platform.logs("postgres")))
    async with Connection(where) as connection:
        for _ in range(TRACED_TASKS):
            pos = agent.pos
            await assign(connection, token, agent.agent_id)
            await agent.acknowledged(pos + 3)
    await trace("none")
    return (len(STATEMENT.findall(platform.logs("postgres"))) - before) / TRACED_TASKS


async def measure(platform: Deployment, key: str) -> None:
    """Print all figures."""
    where = Where(origin=platform.url)
    async with Connection(where) as connection:
        token = (await log_in(connection, key, "org.example.bench"))["access_token"]
    async with RawAgent(platform.url, token) as agent:
        await many_tasks(where, token, agent, 100)
        rate = await many_tasks(where, token, agent, TASKS)
        note = f"{CALLERS} callers by GraphQL, one agent"
        figure("rekuest", "tasks_per_second", rate, "tasks/s", against=note)
        to_agent, to_caller = await serial_tasks(where, token, agent)
        note = "one task at a time"
        for name, times in (("assign_to_agent", to_agent), ("assign_to_result", to_caller)):
            figure("rekuest", f"{name}_p50", percentile(times, 0.5), "ms", against=note)
            figure("rekuest", f"{name}_p95", percentile(times, 0.95), "ms", against=note)
        rate = await many_events(where, token, agent)
        figure("rekuest", "events_per_second", rate, "events/s", against="logs of one task")
        each = await statements(platform, where, token, agent)
        note = "one task at a time, so nothing shares a transaction"
        figure("rekuest", "statements_per_task", each, "statements", against=note)


def main() -> bool:
    """Measure; the figures have no target yet."""
    with deployment() as platform:
        asyncio.run(measure(platform, platform.key()))
    return True
