"""The agent socket, driven by raw frames; `rule_N` in a name is a server rule of the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from agents import Agent, implementation
from rows import (
    agent_row,
    count,
    dead_letters,
    events_of,
    implementation_of,
    kinds_of,
    task_row,
    update,
)

from chassis.testing.mint import Member, TokenMint
from chassis.testing.websocket import SocketClosed
from rekuest_server import models
from rekuest_server.adapters.batch import Batch
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.feed import caller_feed

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]


async def started(agent: Agent, assign: Start, **wish: object) -> str:
    """Assign a task to the agent's `add` and let it pick it up."""
    await assign(implementation=await implementation_of(agent), **wish)
    task = str((await agent.next("ASSIGN"))["task"])
    await agent.report("STARTED", task)
    return task


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


async def test_rule_1_init_follows_the_committed_declaration(make_agent: Make) -> None:
    agent = make_agent(implementations=[implementation("add"), implementation("sub")])
    init = await agent.connect(opens=False)
    assert init["hash"] == "1"
    assert await count(models.Implementation, agent_id=init["agent"]) == 2


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


# the journal


async def test_rule_5_acks_come_after_the_commit_and_are_cumulative(
    make_agent: Make, assign: Start
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    for number in range(200):
        await agent.report("YIELD", task, returns={"sum": number})
    acks = 0
    while agent.kept:
        ack = await agent.next("JOURNAL_ACK")
        acks += 1
        stored = await count(models.TaskEvent, agent_pos__lte=ack["pos"])
        assert stored == ack["pos"] - 1  # all but SESSION_INIT are events
    assert acks < 100


async def test_rule_5_duplicates_are_acknowledged_again_and_not_projected(
    make_agent: Make, assign: Start
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    frame = await agent.report("YIELD", task, returns={"sum": 1})
    await agent.acknowledged()
    agent.acked = 0
    await agent.socket.send(frame)
    assert (await agent.next("JOURNAL_ACK"))["pos"] == agent.pos
    assert (await kinds_of(task)).count("YIELD") == 1


async def test_a_resend_after_a_drop_is_projected_once(make_agent: Make, assign: Start) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    for number in range(5):
        await agent.report("YIELD", task, returns={"sum": number})
    await agent.abort()
    await agent.connect()
    await agent.report("COMPLETED", task)
    await agent.acknowledged()
    yields = [event.returns for event in await events_of(task) if event.kind == "YIELD"]
    assert yields == [{"sum": number} for number in range(5)]


async def test_a_gap_forces_one_resend_and_is_passed_over_the_second_time(
    make_agent: Make, assign: Start
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    await agent.acknowledged()
    agent.pos += 1  # a frame that never existed
    await agent.report("COMPLETED", task)
    assert await agent.closed() == 1012
    assert not (await task_row(task)).is_done
    await agent.connect()
    await agent.acknowledged()
    assert (await task_row(task)).latest_kind == "COMPLETED"


async def test_rule_18_frames_without_a_position_are_accepted(
    make_agent: Make, assign: Start
) -> None:
    agent = make_agent()
    await agent.connect()
    await assign(implementation=await implementation_of(agent))
    task = (await agent.next("ASSIGN"))["task"]
    await agent.request("STARTED", task=task)
    await agent.request("COMPLETED", task=task)
    await agent.report("SHELVE", identifier="@x/y", resource_id="r", ref="r")
    await agent.acknowledged()
    assert (await task_row(task)).latest_kind == "COMPLETED"


async def test_the_backlog_of_a_dead_process_counts_under_its_own_session(
    make_agent: Make, assign: Start
) -> None:
    dead = make_agent()
    await dead.connect()
    task = await started(dead, assign)
    await dead.acknowledged()
    await dead.abort()
    fresh = make_agent()
    await fresh.connect(opens=False)
    dead._socket = fresh._socket
    await dead.report("YIELD", task, returns={"sum": 3})
    await dead.report("COMPLETED", task)
    await fresh.report("SESSION_INIT", session_id=fresh.session, states={})
    await fresh.acknowledged()
    dead._socket = None
    assert (await task_row(task)).latest_kind == "COMPLETED"
    assert "LOST" not in await kinds_of(task)


# bad frames


async def test_rule_6_a_frame_of_an_unknown_task_is_set_aside_and_acknowledged(
    make_agent: Make,
) -> None:
    agent = make_agent()
    await agent.connect()
    await agent.report("YIELD", "999999", returns={"sum": 1})
    await agent.report("COMPLETED", "not a number")
    await agent.acknowledged()
    assert [letter.pos for letter in await dead_letters()] == [2, 3]


async def test_rule_6_another_agents_task_cannot_be_reported(
    make_agent: Make, assign: Start
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    thief = make_agent("thief")
    await thief.connect()
    await thief.report("COMPLETED", task)
    await thief.acknowledged()
    assert not (await task_row(task)).is_done
    assert len(await dead_letters()) == 1


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"YIELD","task":"TASK","returns":{"a":NaN},"pos":POS,"journal_session":"SESSION"}',
        '{"type":"COMPLETED","task":"TASK","agent_ts":"soon","pos":POS,"journal_session":"SESSION"}',
        '{"type":"YIELD","task":"TASK","returns":{"a":"\\u0000"},"pos":POS,'
        '"journal_session":"SESSION"}',
        '{"type":"YIELD","task":"TASK","returns":{"a":"\\ud800"},"pos":POS,'
        '"journal_session":"SESSION"}',
    ],
)
async def test_rule_6_a_result_that_cannot_be_read_fails_its_task(
    make_agent: Make, assign: Start, text: str
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    agent.pos += 1
    frame = text.replace("TASK", task).replace("POS", str(agent.pos))
    await agent.socket.send_text(frame.replace("SESSION", agent.session))
    await agent.report("LOG", task, message="and on", level="INFO")
    await agent.acknowledged()
    assert (await task_row(task)).latest_kind == "FAILED"
    assert (await kinds_of(task))[-2:] == ["FAILED", "LATE_REPORT"]
    assert [letter.pos for letter in await dead_letters()] == [agent.pos - 1]


async def test_rule_6_an_unknown_message_is_set_aside(make_agent: Make) -> None:
    agent = make_agent()
    await agent.connect()
    await agent.report("INVENTED", something=1)
    await agent.report("LOCK", key="x", task="1")
    await agent.acknowledged()
    assert [letter.pos for letter in await dead_letters()] == [2]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", "\x00", '{"no": "type"}'])
async def test_what_is_not_a_message_is_ignored(make_agent: Make, text: str) -> None:
    agent = make_agent()
    await agent.connect()
    await agent.socket.send_text(text)
    await agent.report("LOCK", key="x", task="1")
    await agent.acknowledged()


async def test_one_bad_frame_does_not_hold_up_its_batch(make_agent: Make, assign: Start) -> None:
    agent = make_agent()
    await agent.connect()
    good, bad = await started(agent, assign), await started(agent, assign)
    for number in range(30):
        await agent.report("YIELD", good, returns={"sum": number})
        if number == 17:
            await agent.report("YIELD", bad, returns={"sum": "\x00"})
    await agent.acknowledged()
    assert (await kinds_of(good)).count("YIELD") == 30
    assert (await task_row(bad)).latest_kind == "FAILED"


async def test_rule_9_a_return_that_is_too_large_fails_the_task(
    make_agent: Make, assign: Start
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    await agent.report("YIELD", task, returns={"sum": "x" * 1_000_000})
    await agent.report("COMPLETED", task)
    await agent.acknowledged()
    row = await task_row(task)
    assert row.latest_kind == "FAILED"
    assert "too large" in (row.latest_message or "")
    assert (await kinds_of(task))[-1] == "LATE_REPORT"


async def test_rule_9_a_log_that_is_too_large_is_cut(make_agent: Make, assign: Start) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    await agent.report("LOG", task, message="x" * 1_000_000, level="WARN")
    await agent.report("COMPLETED", task)
    await agent.acknowledged()
    (log,) = [event for event in await events_of(task) if event.kind == "LOG"]
    assert len(log.message or "") < 300_000
    assert (await task_row(task)).latest_kind == "COMPLETED"


async def test_rule_10_inform_is_never_an_event(make_agent: Make, assign: Start) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    await agent.request("INFORM", task=task, blok={"key": "x"})
    await agent.report("LOG", task, message="m", level=None)
    await agent.report("COMPLETED", task)
    await agent.acknowledged()
    assert await kinds_of(task) == ["QUEUED", "STARTED", "LOG", "COMPLETED"]
    assert {event.level for event in await events_of(task)} == {"INFO"}


# the end of a task


async def test_rule_7_the_first_terminal_wins(make_agent: Make, assign: Start) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    await agent.report("FAILED", task, error="no", code="STATE_PRECONDITION")
    await agent.report("YIELD", task, returns={"sum": 1})
    await agent.report("COMPLETED", task)
    await agent.acknowledged()
    row = await task_row(task)
    assert (row.latest_kind, row.latest_returns) == ("FAILED", None)
    assert (await kinds_of(task))[2:] == ["FAILED", "LATE_REPORT", "LATE_REPORT"]
    failed, late, _ = (await events_of(task))[2:]
    assert failed.value == {"code": "STATE_PRECONDITION"}
    assert late.value["kind"] == "YIELD"


async def test_rule_13_progress_is_never_lowered(make_agent: Make, assign: Start) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    await agent.report("PROGRESS", task, progress=70, message="far")
    await agent.report("PROGRESS", task, progress=0, message="Actor is still running")
    await agent.acknowledged()
    assert (await task_row(task)).latest_progress == 70


async def test_last_words_are_told_though_their_agent_has_gone(
    make_agent: Make, assign: Start, ada: Member, broker: Broker
) -> None:
    """The connection ends while its last report is being written."""
    agent = make_agent()
    await agent.connect()
    feed = caller_feed(principal=ada.principal)
    listening = asyncio.ensure_future(anext(feed))  # type: ignore[arg-type]
    await asyncio.sleep(0.05)
    task = await started(agent, assign)
    await agent.acknowledged()
    write = broker.store.write

    async def slow(batch: Batch, now: float) -> list[int]:
        broker.journal.forget_agent(int(agent.agent_id))
        return await write(batch, now)

    broker.store.write = slow  # type: ignore[method-assign]
    await agent.report("CRITICAL", task, error="stopped")
    await agent.abort()
    await listening
    async with asyncio.timeout(5):
        async for item in feed:
            if getattr(item, "kind", "") == "CRITICAL":
                break


async def test_what_could_not_be_told_makes_everybody_ask(
    make_agent: Make, assign: Start, ada: Member, broker: Broker
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    await agent.acknowledged()
    feed = caller_feed(principal=ada.principal)
    rest = asyncio.ensure_future(anext(feed, None))  # type: ignore[arg-type]
    await asyncio.sleep(0.05)

    def fails(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    publish, broker.journal._publish = broker.journal._publish, fails  # type: ignore[method-assign]
    await agent.report("YIELD", task, returns={"sum": 1})
    assert await agent.closed() == 1012
    async with asyncio.timeout(5):
        assert await rest is None
    broker.journal._publish = publish  # type: ignore[method-assign]
    await agent.connect()
    await agent.report("COMPLETED", task)
    await agent.acknowledged()
    assert await kinds_of(task) == ["QUEUED", "STARTED", "YIELD", "COMPLETED"]


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
    async with asyncio.timeout(5):
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
    await agent.connect()
    for link in list(broker.hub.links.values()):
        link.close(1012, "the server restarts")
    assert await agent.closed() == 1012


# life signs


async def test_rule_17_any_frame_is_a_sign_of_life(make_agent: Make, broker: Broker) -> None:
    hurried = broker.config.agents.model_copy(
        update={"heartbeat_seconds": 0.1, "silence_seconds": 0.4}
    )
    broker.config = broker.config.model_copy(update={"agents": hurried})
    agent = make_agent()
    await agent.connect()
    for _ in range(8):
        await asyncio.sleep(0.1)
        await agent.request("CANCEL_REQUEST", task="1")
    assert await agent.next("CONTROL_RESPONSE")


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
    assert kinds.count("HEARTBEAT") == 1


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
