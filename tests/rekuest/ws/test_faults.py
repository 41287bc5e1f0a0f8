"""Faults on either side and between: the rows come out as if nothing had happened."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from agents import Agent
from rows import events_of, implementation_of, kinds_of, task_row, update
from stories import started

from chassis.testing.websocket import SocketClosed
from rekuest_server import models
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.elsewhere import Elsewhere
from rekuest_server.operations.running import broker_running
from rekuest_server.operations.sweep import sweep_waiting_tasks

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]
#: What may never come after INIT because of a fault of the server: each ends the client's process.
DEADLY = {"PROTOCOL_ERROR", "KICK"}
RESTART = 1012


async def is_well(agent: Agent) -> bool:
    """Tell whether the agent still gets acknowledgements, and was told nothing deadly."""
    await agent.report("LOCK", key="stage", task=None)
    await agent.acknowledged()
    return not DEADLY & {frame["type"] for frame in agent.frames}


async def test_rule_2_a_request_that_fails_inside_ends_nothing(
    make_agent: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(**_: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("rekuest_server.ws.requests.child_assign", broken)
    monkeypatch.setattr("rekuest_server.ws.requests.child_control", broken)
    agent = make_agent()
    await agent.connect()
    await agent.request("ASSIGN_REQUEST", reference="r", args={}, parent="1")
    await agent.request("CANCEL_REQUEST", task="1")
    assert await is_well(agent)


async def test_rule_2_a_database_that_is_away_ends_nothing(
    make_agent: Make, assign: Start, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    write, failures = broker.store.write, iter(range(3))

    async def away(*args: Any) -> list[int]:
        for _ in failures:
            raise psycopg.OperationalError("the database is away")
        return await write(*args)

    monkeypatch.setattr("rekuest_server.operations.journal._PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(broker.store, "write", away)
    await agent.report("YIELD", task, returns={"sum": 1})
    await agent.report("COMPLETED", task)
    assert await is_well(agent)
    assert await kinds_of(task) == ["QUEUED", "STARTED", "YIELD", "COMPLETED"]


async def test_rule_2_a_writer_that_fails_sets_aside_and_goes_on(
    make_agent: Make, assign: Start, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    await agent.acknowledged()
    write = broker.store.write

    async def picky(batch: Any, now: float) -> list[int]:
        if any(row.k == "LOG" for row in batch.events):
            raise psycopg.DataError("a value nobody thought of")
        return await write(batch, now)

    monkeypatch.setattr(broker.store, "write", picky)
    await agent.report("LOG", task, message="bad", level="INFO")
    await agent.report("COMPLETED", task)
    assert await is_well(agent)
    assert await kinds_of(task) == ["QUEUED", "STARTED", "COMPLETED"]


async def test_the_order_of_events_is_the_servers_whatever_clocks_say(
    make_agent: Make, assign: Start
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    for number, clock in enumerate([4e9, 1.0, -5.0, 2e9]):
        await agent.report("YIELD", task, returns={"sum": number}, agent_ts=clock)
    await agent.report("COMPLETED", task, agent_ts=0.0)
    await agent.acknowledged()
    events = await events_of(task)
    assert [event.returns["sum"] for event in events if event.kind == "YIELD"] == [0, 1, 2, 3]
    assert [event.created_at for event in events] == sorted(event.created_at for event in events)
    assert events[2].agent_ts is not None
    assert events[2].agent_ts.year == 2096


@pytest.mark.parametrize("clock", [1e300, -1e300, 1e12])
async def test_a_clock_out_of_all_bounds_costs_no_event(
    make_agent: Make, assign: Start, clock: float
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    await agent.report("YIELD", task, returns={"sum": 1}, agent_ts=clock)
    await agent.report("COMPLETED", task)
    assert await is_well(agent)
    assert (await task_row(task)).is_done


async def test_a_lost_wake_up_costs_delay_and_nothing_else(
    make_agent: Make, assign: Start, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another process wrote and could not tell is found by the sweep."""
    agent = make_agent()
    await agent.connect()
    monkeypatch.setattr(Elsewhere, "deliver", lambda *_: None)
    monkeypatch.setattr(broker.dispatcher, "send", lambda *_: None)
    task = await assign(implementation=await implementation_of(agent))
    assert await agent.nothing("ASSIGN")
    monkeypatch.undo()
    await sweep_waiting_tasks(broker)
    assert (await agent.next("ASSIGN"))["task"] == str(task.pk)


# any order of faults


class Servers:
    """The process of the service, and those that follow it when it is killed."""

    def __init__(self, first: Broker) -> None:
        self.running = first
        self._entered: list[Any] = []

    async def kill(self) -> None:
        """End the process without a word and start another."""
        for link in list(self.running.hub.links.values()):
            self.running.hub.detach(link)
        context = broker_running()
        self._entered.append(context)
        self.running = await context.__aenter__()

    async def close(self) -> None:
        for context in reversed(self._entered):
            await context.__aexit__(None, None, None)


@pytest_asyncio.fixture
async def servers(broker: Broker) -> AsyncIterator[Servers]:
    """Processes that can be killed."""
    made = Servers(broker)
    yield made
    await made.close()


class Storm:
    """An agent that works while the network and both sides fail at random."""

    def __init__(self, seed: int, agent: Agent, servers: Servers) -> None:
        self.dice = random.Random(seed)
        self.agent = agent
        self.servers = servers
        self.yields: dict[str, int] = {}
        self.finished: set[str] = set()

    async def run(self, steps: int) -> None:
        acts = [self.work] * 8 + [self.cut, self.double, self.reorder, self.kill_server]
        for _ in range(steps):
            try:
                await self.dice.choice(acts)()
            except SocketClosed:
                await self.back()
        while set(self.yields) - self.finished:
            try:
                await self.work(finish=True)
            except SocketClosed:
                await self.back()

    async def back(self) -> None:
        await self.agent.abort()
        await update(models.Agent, self.agent.agent_id, connected=True)
        await self.agent.connect()

    async def take(self) -> None:
        """Start what came, once, as the client does."""
        while not await self.agent.nothing("ASSIGN"):
            task = (await self.agent.next("ASSIGN"))["task"]
            if task not in self.yields:
                self.yields[task] = 0
                await self.agent.report("STARTED", task)

    async def work(self, *, finish: bool = False) -> None:
        await self.take()
        busy = sorted(set(self.yields) - self.finished)
        if not busy:
            return
        task = self.dice.choice(busy)
        if finish or self.dice.random() < 0.2:
            self.finished.add(task)
            await self.agent.report("COMPLETED", task)
        else:
            self.yields[task] += 1
            await self.agent.report("YIELD", task, returns={"sum": self.yields[task]})

    async def cut(self) -> None:
        await self.back()

    async def double(self) -> None:
        for frame in self.agent.kept[: self.dice.randint(1, 5)]:
            await self.agent.socket.send(frame)

    async def reorder(self) -> None:
        """A frame overtakes the one before it: the server asks for all of it again."""
        busy = sorted(set(self.yields) - self.finished)
        if busy:
            first = await self.agent.report_offline("LOG", busy[0], message="late", level="INFO")
            await self.agent.report("LOG", busy[0], message="early", level="INFO")
            await self.agent.socket.send(first)
            await self.agent.closed()
            await self.back()

    async def kill_server(self) -> None:
        await self.servers.kill()
        await self.back()


@pytest.mark.parametrize("seed", range(5))
async def test_any_order_of_faults_leaves_the_rows_of_a_quiet_day(
    make_agent: Make, assign: Start, servers: Servers, seed: int
) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    tasks = [str((await assign(implementation=target)).pk) for _ in range(4)]
    storm = Storm(seed, agent, servers)
    await storm.run(25)
    await asyncio.wait_for(agent.acknowledged(), 20)
    assert set(storm.finished) == set(tasks)
    for task in tasks:
        kinds = [kind for kind in await kinds_of(task) if kind != "LOG"]
        assert kinds == ["QUEUED", "STARTED", *["YIELD"] * storm.yields[task], "COMPLETED"]
        given = [event.returns["sum"] for event in await events_of(task) if event.returns]
        assert given == list(range(1, storm.yields[task] + 1))
