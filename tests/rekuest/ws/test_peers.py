"""Two processes of the service: agents, callers and workflows on either, and one of them may die.

A process is stood in for by a broker of its own on the same database; `on(broker)` makes it the one
that new connections and calls get.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from agents import Agent, implementation
from feeds import followed
from peers import on
from rows import implementation_of, kinds_of, task_row

from chassis.testing.mint import Member
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.elsewhere import Elsewhere, runs_of
from rekuest_server.operations.feed import FeedItem, TaskEventHappened, caller_feed
from rekuest_server.operations.task import task_cancel

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]


async def events_until(feed: AsyncIterator[FeedItem], kind: str) -> list[str]:
    kinds = []
    async for item in feed:
        if isinstance(item, TaskEventHappened):
            kinds.append(item.kind)
            if item.kind == kind:
                break
    return kinds


async def test_a_call_on_one_process_runs_at_an_agent_of_the_other(
    make_agent: Make, assign: Start, ada: Member, broker: Broker, second: Broker
) -> None:
    agent = make_agent()
    with on(broker):
        await agent.connect()
    target = await implementation_of(agent)
    with on(second):
        feed = caller_feed(principal=ada.principal)
        watching = await followed(events_until(feed, "COMPLETED"), member=ada, broker=second)
        task = await assign(implementation=target)
    assert (await agent.next("ASSIGN"))["task"] == str(task.pk)
    await agent.run(str(task.pk))
    async with asyncio.timeout(120):
        kinds = await watching
    assert kinds == ["QUEUED", "STARTED", "PROGRESS", "YIELD", "COMPLETED"]


async def test_a_feed_on_one_process_shows_calls_made_on_the_other(
    make_agent: Make, assign: Start, ada: Member, broker: Broker, second: Broker
) -> None:
    agent = make_agent()
    with on(broker):
        await agent.connect()
        target = await implementation_of(agent)
    with on(second):
        feed = caller_feed(principal=ada.principal)
        first = await followed(anext(feed), member=ada, broker=second)
    with on(broker):
        task = await assign(implementation=target)
    async with asyncio.timeout(120):
        item = await first
    assert task.pk in (getattr(item, "task_id", None), item.id)


async def test_a_control_finds_its_agent_on_the_other_process(
    make_agent: Make, assign: Start, ada: Member, broker: Broker, second: Broker
) -> None:
    agent = make_agent()
    with on(broker):
        await agent.connect()
        task = await assign(implementation=await implementation_of(agent))
        await agent.next("ASSIGN")
        await agent.report("STARTED", str(task.pk))
        await agent.acknowledged()
    with on(second):
        await task_cancel(principal=ada.principal, task_id=task.pk)
    assert (await agent.next("CANCEL"))["task"] == str(task.pk)
    await agent.report("CANCELLED", str(task.pk))
    await agent.acknowledged()
    # The first process wrote on a row it knew an older revision of.
    assert (await kinds_of(task.pk))[-2:] == ["CANCELLING", "CANCELLED"]


async def test_a_child_runs_on_the_other_process_and_is_mirrored(
    make_agent: Make, assign: Start, broker: Broker, second: Broker
) -> None:
    worker = make_agent("worker")
    flow = make_agent(
        "flow", implementations=[implementation("flow", execution="WORKFLOW", code_hash="c")]
    )
    with on(second):
        await worker.connect()
    with on(broker):
        await flow.connect()
        await assign({}, implementation=await implementation_of(flow, "flow"), policy="AUTO")
        parent = (await flow.next("ASSIGN"))["task"]
        await flow.report("STARTED", parent)
        await flow.request(
            "ASSIGN_REQUEST",
            parent=parent,
            implementation=str(await implementation_of(worker)),
            args={},
            call_key="k",
        )
        child = (await flow.next("ASSIGN_RESPONSE"))["task"]
    await worker.run(str((await worker.next("ASSIGN"))["task"]))
    assert (await flow.next("YIELD_EVENT"))["returns"] == {"sum": 3}
    assert (await flow.next("COMPLETED_EVENT"))["task"] == child


async def test_an_agent_that_moves_is_let_go_by_its_old_process(
    make_agent: Make, broker: Broker, second: Broker
) -> None:
    old = make_agent()
    with on(broker):
        await old.connect()
    new = make_agent(session=old.session)
    new.pos = old.pos
    with on(second):
        await new.connect()
    assert await old.closed() == 1012


async def test_the_survivor_takes_the_agents_of_a_dead_process(
    make_agent: Make, assign: Start, broker: Broker, second: Broker
) -> None:
    agent = make_agent()
    with on(second):
        await agent.connect()
        task = await assign(implementation=await implementation_of(agent))
        await agent.next("ASSIGN")
        await agent.report("STARTED", str(task.pk))
        await agent.acknowledged()
    for link in list(second.hub.links.values()):
        second.hub.detach(link)
    await agent.abort()
    with on(broker):
        init = await agent.connect()
        assert init["inquiries"] == [{"task": str(task.pk)}]
        await agent.report("COMPLETED", str(task.pk))
        await agent.acknowledged()
    assert (await task_row(task.pk)).latest_kind == "COMPLETED"


async def test_a_process_that_missed_messages_ends_its_feeds(
    ada: Member, broker: Broker, second: Broker
) -> None:
    with on(second):
        feed = caller_feed(principal=ada.principal)
        rest = await followed(events_until(feed, "never"), member=ada, broker=second)
    second.hub.close_feeds()
    async with asyncio.timeout(120):
        assert await rest == []


def test_numbers_are_told_as_runs() -> None:
    assert runs_of([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
    assert runs_of([]) == []


async def test_what_is_not_understood_is_ignored(broker: Broker) -> None:
    elsewhere = Elsewhere(broker.store, "1")
    assert elsewhere.understand("") is None
    assert elsewhere.understand('{"p": 1}') is None
    assert elsewhere.understand('{"p": "1", "k": "events"}') is None
    assert elsewhere.peers == set()
