"""The caller's feed, over the operations the GraphQL layer uses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from agents import Agent
from feeds import followed
from rows import implementation_of, kinds_of

from chassis.testing.mint import Member, TokenMint
from rekuest_server.domain.errors import (
    FeedTooSlow,
)
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.feed import FeedItem, TaskCreated, caller_feed

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]


@asynccontextmanager
async def listening(member: Member) -> AsyncIterator[asyncio.Queue[FeedItem]]:
    """Collect a caller's feed."""
    items: asyncio.Queue[FeedItem] = asyncio.Queue()

    async def listen() -> None:
        async for item in caller_feed(principal=member.principal):
            items.put_nowait(item)

    task = await followed(listen(), member=member)
    try:
        yield items
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_rule_15_the_feed_carries_everything_in_order(
    make_agent: Make, assign: Start, ada: Member
) -> None:
    agent = make_agent()
    await agent.connect()
    async with listening(ada) as items:
        task = await assign(implementation=await implementation_of(agent), reference="r")
        await agent.next("ASSIGN")
        await agent.report("STARTED", str(task.pk))
        for number in range(300):
            await agent.report("YIELD", str(task.pk), returns={"sum": number})
        await agent.report("COMPLETED", str(task.pk))
        await agent.acknowledged()
        created = items.get_nowait()
        assert isinstance(created, TaskCreated)
        assert (created.id, created.reference) == (task.pk, "r")
        events = [items.get_nowait() for _ in range(items.qsize())]
    assert [event.kind for event in events][:2] == ["QUEUED", "STARTED"]
    numbers = [event.id for event in events]
    assert numbers == sorted(set(numbers))
    yields = [event.returns["sum"] for event in events if event.kind == "YIELD"]
    assert yields == list(range(300))


async def test_rule_11_the_feed_repeats_the_story_of_a_repeated_call(
    make_agent: Make, assign: Start, ada: Member
) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    task = await assign(implementation=target, reference="r")
    await agent.next("ASSIGN")
    await agent.run(str(task.pk))
    await agent.acknowledged()
    async with listening(ada) as items:
        again = await assign(implementation=target, reference="r")
        wanted = ["created", *await kinds_of(task.pk)]
        async with asyncio.timeout(120):
            kinds = [getattr(await items.get(), "kind", "created") for _ in wanted]
    assert again.pk == task.pk
    assert kinds == wanted
    assert items.empty()


async def test_other_callers_hear_nothing(make_agent: Make, assign: Start, mint: TokenMint) -> None:
    agent = make_agent()
    await agent.connect()
    other = mint.member(client_id="other-caller")
    async with listening(other) as items:
        await assign(implementation=await implementation_of(agent))
        await asyncio.sleep(0.05)
        assert items.empty()


async def test_rule_15_a_reader_that_is_too_slow_is_told(
    make_agent: Make, assign: Start, ada: Member, broker: Broker
) -> None:
    small = broker.config.feed.model_copy(update={"items": 5})
    broker.config = broker.config.model_copy(update={"feed": small})
    agent = make_agent()
    await agent.connect()
    feed = caller_feed(principal=ada.principal)
    first = await followed(anext(feed), member=ada)
    for _ in range(5):
        await assign(implementation=await implementation_of(agent))
    assert isinstance(await first, TaskCreated)
    with pytest.raises(FeedTooSlow):
        async for _ in feed:
            pass
