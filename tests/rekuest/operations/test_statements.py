"""How many round trips to the database a task costs; a change that adds one is seen here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import LiteralString

import pytest
from agents import Agent, definition, implementation
from rows import implementation_of, task_row

from rekuest_server.adapters.statements import TASKS_BY_ID, WRITE_EVENTS
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]


@pytest.fixture(autouse=True)
def _no_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweeps ask the database too, whenever their time comes."""

    async def nothing(*_: object) -> None:
        await asyncio.Event().wait()

    for loop in ("run_sweeps", "run_limits", "run_hooks", "run_retention", "keep_bookmark"):
        monkeypatch.setattr(f"rekuest_server.operations.running.{loop}", nothing)


async def quiet(broker: Broker) -> int:
    """Wait until nothing runs and return the count."""
    before = -1
    while before != broker.store.round_trips:
        before = broker.store.round_trips
        await asyncio.sleep(0.05)
    return before


async def test_a_task_costs_one_round_trip_to_make_and_one_for_each_batch_of_reports(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    await assign(implementation=target)  # the caches are warm after this one
    await agent.run((await agent.next("ASSIGN"))["task"])
    await agent.acknowledged()
    before = await quiet(broker)
    task = await assign(implementation=target)
    assert broker.store.round_trips == before + 1
    frame = await agent.next("ASSIGN")
    for kind, fields in (
        ("STARTED", {}),
        ("PROGRESS", {"progress": 50}),
        ("YIELD", {"returns": {"sum": 3}}),
        ("COMPLETED", {}),
    ):
        await agent.report(kind, frame["task"], **fields)
    await agent.acknowledged()
    # One writer round at best, one for each frame at worst: never more.
    assert broker.store.round_trips <= before + 1 + 4
    assert (await task_row(task.pk)).is_done


@pytest.fixture
def endless_patience(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports that nobody waits for start no batch at all."""
    monkeypatch.setattr(broker.journal._committer, "_patience", 3600)


@pytest.mark.usefixtures("endless_patience")
async def test_a_function_costs_one_round_trip_from_its_start_to_its_end(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    await assign(implementation=target)
    await agent.run((await agent.next("ASSIGN"))["task"])
    await agent.acknowledged()
    task = await assign(implementation=target)
    name = (await agent.next("ASSIGN"))["task"]
    before = await quiet(broker)
    await agent.report("STARTED", name)
    await agent.report("PROGRESS", name, progress=0)
    await agent.report("LOG", name, message="at work")
    await agent.report("YIELD", name, returns={"sum": 3})
    assert await quiet(broker) == before
    await agent.report("COMPLETED", name)
    await agent.acknowledged()
    assert broker.store.round_trips == before + 1
    assert (await task_row(task.pk)).is_done


@pytest.mark.usefixtures("endless_patience")
@pytest.mark.parametrize(
    ("kind", "report", "fields"),
    [
        ("GENERATOR", "YIELD", {"returns": {"sum": 1}}),
        ("FUNCTION", "EFFECT", {"effect": "once", "key": "k", "value": 1}),
        ("FUNCTION", "FAILED", {"error": "no"}),
        ("FUNCTION", "HELD", {"message": "may I?"}),
    ],
)
async def test_what_somebody_waits_for_is_written_at_once(
    make_agent: Make, assign: Start, kind: str, report: str, fields: dict[str, object]
) -> None:
    offered = implementation("add", definition=definition("add", kind=kind))
    agent = make_agent(implementations=[offered])
    await agent.connect()
    await assign(implementation=await implementation_of(agent))
    name = (await agent.next("ASSIGN"))["task"]
    await agent.report("STARTED", name)
    await agent.report(report, name, **fields)
    await agent.acknowledged()


@pytest.mark.parametrize("statement", [WRITE_EVENTS, TASKS_BY_ID])
async def test_rows_are_found_by_keys_however_few_there_are(
    broker: Broker, statement: LiteralString
) -> None:
    """A plan that reads a small table whole is kept while the table grows."""
    nothing = {"events": "[]", "tasks": "[]", "sessions": "[]", "now": 0.0, "ids": [1]}
    plan = await broker.store.fetch("EXPLAIN " + statement, nothing)
    text = "\n".join(row[0] for row in plan)
    assert "Seq Scan" not in text
    assert re.search(r"Scan (using \S+ )?on rekuest_task\b", text), text


async def test_round_trips_fall_with_load(make_agent: Make, assign: Start, broker: Broker) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    await assign(implementation=target)
    await agent.run((await agent.next("ASSIGN"))["task"])
    await agent.acknowledged()
    before = await quiet(broker)
    count = 40
    await asyncio.gather(*(assign(implementation=target) for _ in range(count)))
    assert broker.store.round_trips - before <= 4
    for _ in range(count):
        await agent.run((await agent.next("ASSIGN"))["task"])
    await agent.acknowledged()
    assert broker.store.round_trips - before <= count


async def test_events_are_written_in_groups(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    agent = make_agent()
    await agent.connect()
    await assign(implementation=await implementation_of(agent))
    task = (await agent.next("ASSIGN"))["task"]
    await agent.report("STARTED", task)
    await agent.acknowledged()
    before = await quiet(broker)
    for number in range(1000):
        await agent.report("YIELD", task, returns={"sum": number})
    await agent.acknowledged()
    assert broker.store.round_trips - before <= 200


async def test_an_agent_that_is_idle_costs_nothing(make_agent: Make, broker: Broker) -> None:
    agent = make_agent()
    await agent.connect()
    before = await quiet(broker)
    for _ in range(5):
        await agent.request("HEARTBEAT_ANSWER")
    await asyncio.sleep(0.05)
    assert broker.store.round_trips == before


async def test_children_of_one_workflow_are_made_in_groups(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    agent = make_agent(implementations=[implementation("add", execution="WORKFLOW", code_hash="c")])
    await agent.connect()
    target = await implementation_of(agent)
    await assign(implementation=target, policy="AUTO")
    parent = (await agent.next("ASSIGN"))["task"]
    await agent.report("STARTED", parent)
    await agent.acknowledged()
    before = await quiet(broker)
    count = 40
    for number in range(count):
        await agent.request(
            "ASSIGN_REQUEST",
            parent=parent,
            implementation=str(target),
            args={"a": number},
            call_key=f"k{number}",
        )
    children = {(await agent.next("ASSIGN_RESPONSE"))["task"] for _ in range(count)}
    assert len(children) == count
    assert broker.store.round_trips - before <= count // 4
