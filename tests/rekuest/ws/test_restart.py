"""The server dies and comes back, or a second process takes over: agents finish what they began.

A process is stood in for by a broker of its own on the same database. `dies` stops one the way
kill -9 does: nothing is released, nothing is said.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from agents import Agent
from asgiref.sync import sync_to_async
from rows import agent_row, implementation_of, kinds_of, task_row, update

from chassis import clock
from chassis.testing.mint import Member
from rekuest_server import models
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.running import broker_running
from rekuest_server.operations.sweep import renew_leases, sweep_abandoned_tasks, sweep_orphans
from rekuest_server.operations.task import task_cancel

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]


@pytest_asyncio.fixture
async def successor(broker: Broker) -> AsyncIterator[Callable[[], Awaitable[Broker]]]:
    """Kills the running broker and starts another."""
    entered = []

    async def start() -> Broker:
        dies(broker)
        context = broker_running()
        entered.append(context)
        return await context.__aenter__()

    yield start
    for context in entered:
        await context.__aexit__(None, None, None)


def dies(broker: Broker) -> None:
    """End a broker without a word: it knows its links no more and releases no lease."""
    for link in list(broker.hub.links.values()):
        broker.hub.detach(link)


async def picked_up(agent: Agent, assign: Start) -> str:
    """A task the agent has started."""
    await assign(implementation=await implementation_of(agent))
    task = str((await agent.next("ASSIGN"))["task"])
    await agent.report("STARTED", task)
    await agent.acknowledged()
    return task


async def test_an_agent_comes_back_to_a_new_server_and_finishes(
    make_agent: Make, assign: Start, successor: Callable[[], Awaitable[Broker]]
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await picked_up(agent, assign)
    await successor()
    await agent.abort()
    await update(models.Agent, agent.agent_id, connected=True)
    await agent.report_offline("YIELD", task, returns={"sum": 3})
    await agent.report_offline("COMPLETED", task)
    init = await agent.connect()
    assert init["inquiries"] == [{"task": task}]
    await agent.acknowledged()
    assert await kinds_of(task) == ["QUEUED", "STARTED", "YIELD", "COMPLETED"]
    row = await agent_row(agent)
    assert (row.connected, row.lease_epoch) == (True, 2)


async def test_a_task_queued_before_the_crash_is_delivered_after_it(
    make_agent: Make, assign: Start, successor: Callable[[], Awaitable[Broker]]
) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    await agent.abort()
    task = await assign(implementation=target)
    await successor()
    await agent.connect()
    assert (await agent.next("ASSIGN"))["task"] == str(task.pk)


async def test_a_control_given_before_the_crash_is_delivered_after_it(
    make_agent: Make,
    assign: Start,
    ada: Member,
    successor: Callable[[], Awaitable[Broker]],
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await picked_up(agent, assign)
    await agent.abort()
    await task_cancel(principal=ada.principal, task_id=int(task))
    await successor()
    await agent.connect()
    assert (await agent.next("CANCEL"))["task"] == task


async def test_two_writers_of_one_session_project_every_frame_once(
    make_agent: Make, assign: Start, successor: Callable[[], Awaitable[Broker]]
) -> None:
    """The old process still writes what it had read when the new one gets the same frames."""
    agent = make_agent()
    await agent.connect()
    task = await picked_up(agent, assign)
    for number in range(40):
        await agent.report("YIELD", task, returns={"sum": number})
    await successor()
    await agent.abort()
    await agent.connect()
    await agent.report("COMPLETED", task)
    await agent.acknowledged()
    assert (await kinds_of(task)).count("YIELD") == 40
    assert (await task_row(task)).latest_kind == "COMPLETED"


# the grace period


@sync_to_async
def left_long_ago(agent: Agent) -> None:
    long_ago = clock.now() - clock.now().resolution * 10**9
    models.Agent.objects.filter(pk=agent.agent_id).update(
        connected=False, lost_at=long_ago, lease_expires_at=long_ago
    )


async def test_a_task_is_lost_when_its_agent_stays_away(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await picked_up(agent, assign)
    await agent.abort()
    broker.started_at -= 10_000
    await sweep_abandoned_tasks(broker)
    assert not (await task_row(task)).is_done
    await left_long_ago(agent)
    await sweep_abandoned_tasks(broker)
    assert (await task_row(task)).latest_kind == "LOST"


async def test_nobody_is_lost_right_after_a_restart(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await picked_up(agent, assign)
    await agent.abort()
    await left_long_ago(agent)
    await sweep_abandoned_tasks(broker)
    assert not (await task_row(task)).is_done


async def test_a_waiting_task_outlives_its_agents_absence(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await assign(implementation=await implementation_of(agent))
    await agent.abort()
    await left_long_ago(agent)
    broker.started_at -= 10_000
    await sweep_abandoned_tasks(broker)
    assert not (await task_row(task.pk)).is_done


async def test_a_lost_task_keeps_a_late_report_as_a_note(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await picked_up(agent, assign)
    await agent.abort()
    await left_long_ago(agent)
    broker.started_at -= 10_000
    await sweep_abandoned_tasks(broker)
    await agent.connect()
    await agent.report("COMPLETED", task)
    await agent.acknowledged()
    assert (await task_row(task)).latest_kind == "LOST"
    assert (await kinds_of(task))[-2:] == ["LOST", "LATE_REPORT"]


async def test_leases_are_renewed_in_one_write(
    make_agent: Make, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    agents = [make_agent(f"agent-{number}") for number in range(3)]
    for agent in agents:
        await agent.connect()
        await agent.acknowledged()
    before = [(await agent_row(agent)).lease_expires_at for agent in agents]
    fetch, writes = broker.store.fetch, list[Any]()

    async def counted(sql: Any, parameters: dict[str, Any]) -> list[Any]:
        if "lease_expires_at = " in sql:
            writes.append(parameters["ids"])
        return await fetch(sql, parameters)

    monkeypatch.setattr(broker.store, "fetch", counted)
    await renew_leases(broker)
    # The sweeps may renew them meanwhile; that is one write each time, too.
    assert writes
    assert {tuple(sorted(ids)) for ids in writes} == {
        tuple(sorted(int(agent.agent_id) for agent in agents))
    }
    after = [(await agent_row(agent)).lease_expires_at for agent in agents]
    assert all(late > early for early, late in zip(before, after, strict=True))


async def test_a_dead_servers_lease_keeps_no_new_process_out(
    make_agent: Make, successor: Callable[[], Awaitable[Broker]]
) -> None:
    """The machine was switched off: agent and server both come back as new processes."""
    agent = make_agent()
    await agent.connect()
    await successor()
    await agent.abort()
    await update(models.Agent, agent.agent_id, connected=True, process_id="12345")
    fresh = make_agent()
    assert (await fresh.connect())["agent"] == agent.agent_id


async def test_a_living_servers_lease_keeps_another_process_out(
    make_agent: Make, broker: Broker, successor: Callable[[], Awaitable[Broker]]
) -> None:
    agent = make_agent()
    await agent.connect()
    second = await successor()
    assert second.process_id != broker.process_id
    fresh = make_agent()
    await fresh.dial()
    await fresh.register()
    await fresh.next("PROTOCOL_ERROR")
    assert await fresh.closed() == 4004


async def test_a_crash_between_the_session_and_its_losses_is_made_good_by_the_sweep(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await picked_up(agent, assign)
    await agent.abort()
    broker.journal.on_session_open = None
    fresh = make_agent()
    await fresh.connect()
    await fresh.acknowledged()
    assert not (await task_row(task)).is_done
    await sweep_orphans(broker)
    assert (await task_row(task)).latest_kind == "LOST"


async def test_an_agent_that_cannot_be_welcomed_is_sent_away_to_come_again(
    make_agent: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(**_: object) -> None:
        raise OSError("the database is away")

    monkeypatch.setattr("rekuest_server.ws.agent.recovery_plan", fails)
    agent = make_agent()
    await agent.dial()
    await agent.register()
    assert await agent.closed() == 1012
    assert agent.frames == []
