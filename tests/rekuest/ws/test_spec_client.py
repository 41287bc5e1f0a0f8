"""A client written from the page of the protocol alone lives through the faults it tells of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from rows import count, events_of, kinds_of, open_instructs, task_row, tasks_below
from spec_client import Disk, Frame, Refused, Run, SpecClient

from chassis.testing.mint import Member, TokenMint
from chassis.testing.websocket import WebSocketSession
from rekuest_server import models
from rekuest_server.models import Task
from rekuest_server.operations.task import task_cancel

Start = Callable[..., Awaitable[Task]]

GREET: Frame = {
    "interface": "greet",
    "definition": {
        "key": "greet",
        "version": "1",
        "name": "Greet",
        "kind": "FUNCTION",
        "args": [{"key": "name", "kind": "STRING"}],
        "returns": [{"key": "text", "kind": "STRING"}],
    },
}
PARTY = {
    **GREET,
    "interface": "party",
    "definition": {**GREET["definition"], "key": "party"},
    "execution": "WORKFLOW",
    "code_hash": "one",
}


class Stage:
    """What handlers wait for and saw, outside of any process."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.greeted: list[str] = []
        self.moments: list[int] = []

    async def greet(self, run: Run) -> Frame:
        """Greet at once, but for Bob, who is waited for."""
        self.greeted.append(run.args["name"])
        await run.say("PROGRESS", progress=50)
        if run.args["name"] == "Bob":
            await self.gate.wait()
        return {"text": f"Hello, {run.args['name']}!"}

    async def party(self, run: Run) -> Frame:
        """Greet two in children, at a moment taken from outside once; wait between them."""
        moment = await run.outside("moment", lambda: len(self.moments) + 100)
        self.moments.append(moment)
        target = {"agent": run.client.agent, "interface": "greet"}
        first = await run.call("first", {"name": "Ada"}, **target)
        await self.gate.wait()
        moment += await run.outside("later", lambda: len(self.moments) * 1000)
        second = await run.call("second", {"name": "Cleo"}, **target)
        return {"text": f"{moment}: {first['text']} {second['text']}"}


class Yard:
    """Starts processes of one agent."""

    def __init__(self, websocket: Callable[..., WebSocketSession], token: str) -> None:
        self._websocket, self.token = websocket, token
        self.stage, self.disk = Stage(), Disk()
        self.sockets: list[WebSocketSession] = []
        self.network = asyncio.Event()
        self.network.set()
        self._lives: list[asyncio.Task[int]] = []

    async def _dial(self) -> WebSocketSession:
        await self.network.wait()
        socket = await self._websocket("agi").__aenter__()
        self.sockets.append(socket)
        return socket

    def another(self) -> SpecClient:
        """Another process, not started."""
        return SpecClient(
            self._dial,
            token=self.token,
            implementations=[GREET, PARTY],
            handlers={"greet": self.stage.greet, "party": self.stage.party},
            disk=self.disk,
        )

    async def start(self) -> SpecClient:
        """Start a process and wait until it is welcome."""
        client = self.another()
        self._lives.append(asyncio.create_task(client.live()))
        await until(lambda: client.connections)
        return client

    async def kill(self, client: SpecClient) -> None:
        """Kill the newest process; its disk stays."""
        life = self._lives[-1]
        await client.die()
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)

    async def cut(self) -> None:
        """Break the connection as a network would."""
        await self.sockets[-1].close(1006)

    async def close(self) -> None:
        """End everything."""
        for life in self._lives:
            life.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(120):
        while not condition():
            await asyncio.sleep(0.01)


async def ended(task: Task) -> str:
    async with asyncio.timeout(120):
        while not (row := await task_row(task.pk)).is_done:
            await asyncio.sleep(0.01)
    return str(row.latest_kind)


@pytest_asyncio.fixture
async def yard(mint: TokenMint, websocket: Callable[..., WebSocketSession]) -> AsyncIterator[Yard]:
    yard = Yard(websocket, mint.member(client_id="spec", client_app="org.example.spec").token)
    yield yard
    await yard.close()


@sync_to_async
def offered(interface: str) -> int:
    return int(models.Implementation.objects.get(interface=interface).pk)


async def test_it_registers_and_runs_a_task(yard: Yard, assign: Start) -> None:
    await yard.start()
    task = await assign({"name": "Ada"}, implementation=await offered("greet"))
    assert await ended(task) == "COMPLETED"
    assert await kinds_of(task.pk) == ["QUEUED", "STARTED", "PROGRESS", "YIELD", "COMPLETED"]
    told = [event.returns for event in await events_of(task.pk) if event.kind == "YIELD"]
    assert told == [{"text": "Hello, Ada!"}]
    await until(lambda: not yard.disk.kept)


async def test_it_is_cancelled(yard: Yard, assign: Start, ada: Member) -> None:
    await yard.start()
    task = await assign({"name": "Bob"}, implementation=await offered("greet"))
    await until(lambda: yard.stage.greeted)
    await task_cancel(principal=ada.principal, task_id=task.pk)
    assert await ended(task) == "CANCELLED"
    await until(lambda: not yard.disk.kept)
    assert await open_instructs(task.pk) == []


async def test_it_is_told_when_it_is_not_wanted(yard: Yard, mint: TokenMint) -> None:
    await yard.start()
    with pytest.raises(Refused, match="Another process"):
        await yard.another().live()
    yard.token = "not a token"
    with pytest.raises(Refused):
        await yard.another().live()


async def test_it_comes_back_with_what_was_not_acknowledged(yard: Yard, assign: Start) -> None:
    client = await yard.start()
    await until(lambda: not yard.disk.kept)
    task = await assign({"name": "Bob"}, implementation=await offered("greet"))
    await until(lambda: yard.stage.greeted)
    await until(lambda: not yard.disk.kept)
    await yard.cut()
    yard.stage.gate.set()  # it ends while there is no connection
    await until(lambda: client.connections == 2)
    assert await ended(task) == "COMPLETED"
    assert client.inquired == [str(task.pk)]
    assert yard.stage.greeted == ["Bob"]
    kinds = await kinds_of(task.pk)
    assert [kinds.count(kind) for kind in ("STARTED", "YIELD", "COMPLETED")] == [1, 1, 1]
    assert await count(models.DeadLetter) == 0


async def test_a_new_process_tells_the_last_words_of_a_dead_one(yard: Yard, assign: Start) -> None:
    client = await yard.start()
    task = await assign({"name": "Bob"}, implementation=await offered("greet"))
    await until(lambda: yard.stage.greeted)
    await yard.cut()
    yard.stage.gate.set()
    await until(lambda: any(frame["type"] == "COMPLETED" for frame in yard.disk.kept))
    await yard.kill(client)
    await yard.start()
    assert await ended(task) == "COMPLETED"
    assert (await kinds_of(task.pk)).count("YIELD") == 1
    await until(lambda: not yard.disk.kept)


async def test_a_task_of_a_dead_process_is_lost(yard: Yard, assign: Start) -> None:
    client = await yard.start()
    task = await assign({"name": "Bob"}, implementation=await offered("greet"))
    await until(lambda: yard.stage.greeted)
    await until(lambda: not yard.disk.kept)
    await yard.kill(client)
    await yard.start()
    assert await ended(task) == "LOST"


async def test_a_workflow_is_resumed_with_its_effects_and_children(
    yard: Yard, assign: Start
) -> None:
    client = await yard.start()
    task = await assign({"name": "all"}, implementation=await offered("party"), policy="AUTO")
    await until(lambda: yard.stage.greeted == ["Ada"])
    await until(lambda: not yard.disk.kept)
    await yard.kill(client)
    yard.stage.gate.set()
    await yard.start()
    assert await ended(task) == "COMPLETED"
    told = [event.returns for event in await events_of(task.pk) if event.kind == "YIELD"]
    assert told == [{"text": "2100: Hello, Ada! Hello, Cleo!"}]
    # The first child was found again; it was not run again, nor was the moment taken again.
    assert yard.stage.greeted == ["Ada", "Cleo"]
    assert yard.stage.moments == [100, 100]
    assert [row.latest_kind for row in await tasks_below(task.pk)] == ["COMPLETED", "COMPLETED"]


async def test_a_child_is_asked_for_over_a_broken_connection(yard: Yard, assign: Start) -> None:
    client = await yard.start()
    task = await assign({"name": "all"}, implementation=await offered("party"), policy="AUTO")
    await until(lambda: yard.stage.greeted == ["Ada"])
    await yard.cut()
    yard.stage.gate.set()
    await until(lambda: client.connections == 2)
    assert await ended(task) == "COMPLETED"
    assert yard.stage.greeted == ["Ada", "Cleo"]
    assert client.inquired == [str(task.pk)]


async def test_a_value_that_only_the_disk_knows_is_not_taken_anew(
    yard: Yard, assign: Start
) -> None:
    client = await yard.start()
    task = await assign({"name": "all"}, implementation=await offered("party"), policy="AUTO")
    await until(lambda: yard.stage.greeted == ["Ada"])
    await until(lambda: not yard.disk.kept)
    yard.network.clear()
    await yard.cut()
    yard.stage.gate.set()
    await until(lambda: any(frame["type"] == "EFFECT" for frame in yard.disk.kept))
    await yard.kill(client)
    yard.network.set()
    await yard.start()
    assert await ended(task) == "COMPLETED"
    told = [event.returns for event in await events_of(task.pk) if event.kind == "YIELD"]
    assert told == [{"text": "1100: Hello, Ada! Hello, Cleo!"}]
    assert yard.stage.moments == [100, 100]
