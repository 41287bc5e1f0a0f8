"""The agent socket: registration, delivery, signs of life; `rule_N` is a rule of the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from agents import Agent, implementation
from peers import on
from rows import (
    agent_row,
    count,
    events_of,
    implementation_of,
    kinds_of,
    task_row,
    update,
)
from stories import started

from chassis.testing.mint import TokenMint
from chassis.testing.websocket import SocketClosed
from rekuest_server import models
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.running import broker_running

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]


# registration


async def test_a_task_runs_from_assign_to_completed(make_agent: Make, assign: Start) -> None:
    agent = make_agent()
    await agent.connect()
    task = await assign(implementation=await implementation_of(agent))
    frame = await agent.next("ASSIGN")
    assert frame["task"] == str(task.pk)
    assert frame["args"] == {"a": 1, "b": 2}
    assert frame["interface"] == "add"
    await agent.run(frame["task"])
    await agent.acknowledged()
    row = await task_row(task.pk)
    assert (row.latest_kind, row.is_done, row.latest_returns) == ("COMPLETED", True, {"sum": 3})
    assert row.picked_up_at is not None
    assert row.finished_at is not None
    kinds = await kinds_of(task.pk)
    assert kinds == ["QUEUED", "STARTED", "PROGRESS", "YIELD", "COMPLETED"]


async def test_rule_1_init_follows_the_committed_declaration(
    make_agent: Make, assign: Start
) -> None:
    agent = make_agent(implementations=[implementation("add"), implementation("sub")])
    init = await agent.connect(opens=False)
    assert init["hash"] == "1"
    assert await count(models.Implementation, agent_id=init["agent"]) == 2
    await agent.abort()
    # What waits for the agent waits for INIT, too.
    task = await assign(implementation=await implementation_of(agent))
    await agent.dial()
    await agent.register()
    first, second = [await agent.socket.receive() for _ in range(2)]
    assert (first["type"], second["type"], second["task"]) == ("INIT", "ASSIGN", str(task.pk))


async def test_rule_1_a_misfit_is_refused_with_its_place(make_agent: Make) -> None:
    agent = make_agent(implementations=[{"interface": "broken", "definition": {"key": "x"}}])
    await agent.dial()
    await agent.register()
    refusal = await agent.next("PROTOCOL_ERROR", "INIT")
    assert refusal["type"] == "PROTOCOL_ERROR"
    assert refusal["error"].startswith("implementations.0.definition")
    assert await agent.closed() == 4001
    assert await count(models.Agent) == 0


@pytest.mark.parametrize("token", ["", "no token", "a.b.c"])
async def test_a_bad_token_is_refused(make_agent: Make, token: str) -> None:
    agent = make_agent()
    await agent.dial()
    await agent.register(token=token)
    assert (await agent.next("PROTOCOL_ERROR"))["error"]
    assert await agent.closed() == 4001


async def test_an_expired_token_is_refused(make_agent: Make, mint: TokenMint) -> None:
    agent = make_agent()
    await agent.dial()
    await agent.register(token=mint.sign(mint.claims(exp=1)))
    await agent.next("PROTOCOL_ERROR")
    assert await agent.closed() == 4001


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '"REGISTER"', '{"type": "HEARTBEAT_ANSWER"}', '{"type": "NEW"}']
)
async def test_a_first_frame_that_is_not_register_is_refused(make_agent: Make, text: str) -> None:
    agent = make_agent()
    await agent.dial()
    await agent.socket.send_text(text)
    assert "REGISTER" in (await agent.next("PROTOCOL_ERROR"))["error"]
    assert await agent.closed() == 4001


async def test_unknown_fields_of_register_are_ignored(make_agent: Make) -> None:
    agent = make_agent()
    init = await agent.connect(kind="WHATEVER", later={"a": [1]})
    assert init["agent"]


async def test_an_equal_hash_skips_the_declaration(make_agent: Make) -> None:
    agent = make_agent()
    await agent.connect()
    await agent.abort()
    agent.implementations = [{"nobody": "looks at it"}]
    assert (await agent.connect())["hash"] == "1"


async def test_a_registration_without_declaration_keeps_the_old_one(make_agent: Make) -> None:
    agent = make_agent()
    await agent.connect()
    await agent.abort()
    init = await agent.connect(
        hash=None, implementations=None, states=None, locks=None, bloks=None, assets=None
    )
    assert init["hash"] == "1"
    assert await count(models.Implementation, retired_at=None) == 1


async def test_rule_16_ids_are_stable_over_registrations(make_agent: Make) -> None:
    agent = make_agent()
    await agent.connect()
    before = await implementation_of(agent)
    await agent.abort()
    agent.hash, agent.implementations = "2", [implementation("other")]
    await agent.connect()
    assert await count(models.Implementation, retired_at=None) == 1
    await agent.abort()
    agent.hash, agent.implementations = "3", [implementation("add"), implementation("other")]
    await agent.connect()
    assert await implementation_of(agent) == before
    assert await count(models.Implementation, retired_at=None) == 2
    assert await count(models.Action) == 2


async def test_a_blocked_agent_is_refused(make_agent: Make) -> None:
    agent = make_agent()
    await agent.connect()
    await agent.abort()
    await update(models.Agent, agent.agent_id, blocked=True)
    await agent.dial()
    await agent.register()
    await agent.next("PROTOCOL_ERROR")
    assert await agent.closed() == 4003


async def test_rule_4_the_same_session_takes_over_its_own_socket(
    make_agent: Make, assign: Start
) -> None:
    old = make_agent()
    await old.connect()
    task = await started(old, assign)
    await old.acknowledged()
    new = make_agent(session=old.session)
    new.pos, new.steps = old.pos, old.steps
    init = await new.connect()
    assert init["inquiries"] == [{"task": task}]
    assert await old.closed() == 1012
    await new.report("YIELD", task, returns={"sum": 3})
    await new.report("COMPLETED", task)
    await new.acknowledged()
    assert (await task_row(task)).latest_kind == "COMPLETED"
    assert (await agent_row(new)).connected


async def test_another_process_is_refused_while_one_is_live(make_agent: Make) -> None:
    first = make_agent()
    await first.connect()
    second = make_agent()
    await second.dial()
    await second.register()
    await second.next("PROTOCOL_ERROR")
    assert await second.closed() == 4004
    assert await first.nothing("PROTOCOL_ERROR")


async def test_another_process_displaces_by_force(make_agent: Make) -> None:
    first = make_agent()
    await first.connect()
    second = make_agent()
    await second.connect(force=True)
    assert await first.closed() == 4005


# delivery


async def test_rule_8_assign_is_sent_again_until_started(make_agent: Make, assign: Start) -> None:
    agent = make_agent()
    await agent.connect()
    await assign(implementation=await implementation_of(agent))
    first = await agent.next("ASSIGN")
    await agent.abort()
    init = await agent.connect()
    assert init["inquiries"] == []
    assert (await agent.next("ASSIGN"))["task"] == first["task"]
    await agent.report("STARTED", first["task"])
    await agent.acknowledged()
    await agent.abort()
    assert (await agent.connect())["inquiries"] == [{"task": first["task"]}]
    assert await agent.nothing("ASSIGN")


async def test_rule_8_a_fresh_process_gets_what_was_not_started(
    make_agent: Make, assign: Start
) -> None:
    agent = make_agent()
    await agent.connect()
    await assign(implementation=await implementation_of(agent))
    task = (await agent.next("ASSIGN"))["task"]
    await agent.abort()
    fresh = make_agent()
    assert (await fresh.connect())["inquiries"] == []
    assert (await fresh.next("ASSIGN"))["task"] == task


async def test_a_task_waits_for_an_agent_that_is_away(make_agent: Make, assign: Start) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    await agent.abort()
    task = await assign(implementation=target)
    assert task.latest_kind == "QUEUED"
    await agent.connect()
    assert (await agent.next("ASSIGN"))["task"] == str(task.pk)


async def test_a_started_plain_task_of_a_dead_process_is_lost(
    make_agent: Make, assign: Start
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    await agent.report("PROGRESS", task, progress=40, message="m")
    await agent.acknowledged()
    await agent.abort()
    fresh = make_agent()
    await fresh.connect()
    await fresh.acknowledged()
    async with asyncio.timeout(120):
        while not (await task_row(task)).is_done:
            await asyncio.sleep(0.02)
    lost = (await events_of(task))[-1]
    assert lost.kind == "LOST"
    assert lost.value["started"] is True
    assert lost.value["last_progress"] == 40
    assert lost.value["effects"] == "UNKNOWN"


async def test_rule_3_agents_are_closed_with_1012_on_shutdown(
    make_agent: Make, broker: Broker
) -> None:
    agent = make_agent()
    async with broker_running() as stopping:
        with on(stopping):
            await agent.connect()
    assert await agent.closed() == 1012
    with on(broker):
        await agent.connect()


# life signs


async def test_rule_17_any_frame_is_a_sign_of_life(make_agent: Make, broker: Broker) -> None:
    agent = make_agent()
    await agent.connect()
    link = broker.hub.links[int(agent.agent_id)]
    for kind, answer in (("CANCEL_REQUEST", "CONTROL_RESPONSE"), ("LOCK", "JOURNAL_ACK")):
        before = link._heard_at  # type: ignore[attr-defined]
        if kind == "LOCK":
            await agent.report(kind, key="stage", task=None)
        else:
            await agent.request(kind, task="1")
        await agent.next(answer)
        assert link._heard_at > before  # type: ignore[attr-defined]


async def test_rule_17_silence_ends_the_connection(make_agent: Make, broker: Broker) -> None:
    hurried = broker.config.agents.model_copy(
        update={"heartbeat_seconds": 0.1, "silence_seconds": 0.3}
    )
    broker.config = broker.config.model_copy(update={"agents": hurried})
    agent = make_agent()
    await agent.connect()
    kinds = []
    with pytest.raises(SocketClosed) as end:
        while True:
            kinds.append((await agent.socket.receive())["type"])
    assert end.value.code == 3001
    # None if the machine was so busy that the silence was over before it was asked about.
    assert kinds.count("HEARTBEAT") <= 1


async def test_a_silent_connection_before_register_ends(make_agent: Make, broker: Broker) -> None:
    hurried = broker.config.agents.model_copy(update={"register_seconds": 0.1})
    broker.config = broker.config.model_copy(update={"agents": hurried})
    agent = make_agent()
    await agent.dial()
    await agent.next("PROTOCOL_ERROR")
    assert await agent.closed() == 4001


async def test_the_lease_ends_with_the_connection(make_agent: Make) -> None:
    agent = make_agent()
    await agent.connect()
    row = await agent_row(agent)
    assert row.connected
    assert row.lease_epoch == 1
    await agent.abort()
    row = await agent_row(agent)
    assert not row.connected
    assert row.lost_at is not None
