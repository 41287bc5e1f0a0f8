"""What an agent reports: journals, bad frames, ends; `rule_N` is a server rule of the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from agents import Agent
from feeds import followed
from rows import (
    count,
    dead_letters,
    events_of,
    implementation_of,
    kinds_of,
    task_row,
)
from stories import started

from chassis.testing.mint import Member
from rekuest_server import models
from rekuest_server.adapters.batch import Batch
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.feed import caller_feed

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]


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
    listening = await followed(anext(feed), member=ada)
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
    async with asyncio.timeout(120):
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
    rest = await followed(anext(feed, None), member=ada)

    def fails(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    publish, broker.journal._publish = broker.journal._publish, fails  # type: ignore[method-assign]
    await agent.report("YIELD", task, returns={"sum": 1})
    assert await agent.closed() == 1012
    async with asyncio.timeout(120):
        assert await rest is None
    broker.journal._publish = publish  # type: ignore[method-assign]
    await agent.connect()
    await agent.report("COMPLETED", task)
    await agent.acknowledged()
    assert await kinds_of(task) == ["QUEUED", "STARTED", "YIELD", "COMPLETED"]
