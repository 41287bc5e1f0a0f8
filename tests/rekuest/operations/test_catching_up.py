"""A process that could not hear the others makes up for all they said meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from agents import Agent
from feeds import followed
from hypothesis import given
from hypothesis import strategies as st
from peers import on
from rows import implementation_of, update

from chassis.testing.mint import Member
from rekuest_server import models
from rekuest_server.adapters.presence import FAMILY
from rekuest_server.models import Task
from rekuest_server.operations import catching_up
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.catching_up import Bookmark, events_caught_up
from rekuest_server.operations.elsewhere import Elsewhere, Message
from rekuest_server.operations.feed import FeedItem, TaskEventHappened, caller_feed
from rekuest_server.operations.feed_queue import TaskCreated
from rekuest_server.operations.peers import Hearing
from rekuest_server.operations.running import broker_running
from rekuest_server.operations.task import task_cancel

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]
Far = tuple[Agent, str, asyncio.Task[list[FeedItem]]]

CUT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_locks
WHERE locktype = 'advisory' AND classid = %(family)s AND objid::text = %(process)s AND granted
"""


async def cut(broker: Broker) -> None:
    """Break the connection by which a process hears the others, as a restart of a pooler does."""
    rows = await broker.store.fetch(CUT, {"family": FAMILY, "process": broker.process_id})
    assert rows == [(1,)]


@contextmanager
def deafness(monkeypatch: pytest.MonkeyPatch, deaf: Broker) -> Iterator[None]:
    """Let a process lose every message, as one does whose connection is broken."""
    with monkeypatch.context() as patch:
        patch.setattr(deaf.hub.elsewhere, "understand", lambda text: None)
        yield


async def until_done(feed: AsyncIterator[FeedItem]) -> list[FeedItem]:
    items = []
    async for item in feed:
        items.append(item)
        if isinstance(item, TaskEventHappened) and item.kind == "COMPLETED":
            break
    return items


def told_of(items: list[FeedItem]) -> tuple[list[int], list[str]]:
    """Numbers and kinds of the events, each where it was told first."""
    events = {item.id: item.kind for item in items if isinstance(item, TaskEventHappened)}
    return list(events), list(dict.fromkeys(events.values()))


@pytest_asyncio.fixture
async def far(make_agent: Make, ada: Member, broker: Broker, second: Broker) -> Far:
    """An agent on one process, what it offers, and a feed that is read on the other."""
    agent = make_agent()
    with on(broker):
        await agent.connect()
        target = await implementation_of(agent)
    with on(second):
        feed = caller_feed(principal=ada.principal)
        return agent, target, await followed(until_done(feed), member=ada, broker=second)


async def test_a_feed_has_no_gap_after_its_process_was_deaf(
    far: Far, assign: Start, broker: Broker, second: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, target, watching = far
    with deafness(monkeypatch, second):
        with on(broker):
            task = await assign(implementation=target)
        await agent.next("ASSIGN")
        await agent.run(str(task.pk))
        await agent.acknowledged()
        assert not watching.done()
        # Still deaf: a message that comes late over the old connection is lost with the others.
        await cut(second)
    async with asyncio.timeout(120):
        items = await watching
    assert isinstance(items[0], TaskCreated)
    numbers, kinds = told_of(items)
    assert numbers == sorted(numbers)
    assert kinds == ["QUEUED", "STARTED", "PROGRESS", "YIELD", "COMPLETED"]


async def test_a_feed_has_no_gap_after_the_other_took_its_process_for_dead(
    far: Far, assign: Start, broker: Broker, second: Broker
) -> None:
    agent, target, watching = far
    mine = broker.hub.elsewhere
    mine.peers.clear()
    with on(broker):
        task = await assign(implementation=target)
    await agent.next("ASSIGN")
    await agent.report("STARTED", str(task.pk))
    await agent.acknowledged()
    second.hub.elsewhere.hello()
    async with asyncio.timeout(120):
        while not mine.peers:
            await asyncio.sleep(0.01)
    await agent.run(str(task.pk))
    async with asyncio.timeout(120):
        items = await watching
    numbers, kinds = told_of(items)
    assert numbers == sorted(numbers)
    assert kinds == ["QUEUED", "STARTED", "PROGRESS", "YIELD", "COMPLETED"]


async def test_who_comes_back_while_the_dead_are_looked_up_is_not_forgotten(
    broker: Broker, second: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = broker.hub.elsewhere

    async def held(*_: object) -> list[tuple[int]]:
        text = msgspec.json.encode(Message(second.process_id, "hello")).decode()
        mine.understand(text)
        return []

    mine.peers = {second.process_id, "77"}
    monkeypatch.setattr(broker.store, "fetch", held)
    await mine.forget_the_dead()
    assert mine.peers == {second.process_id}


async def test_orders_and_controls_said_to_a_deaf_process_arrive(
    make_agent: Make,
    assign: Start,
    ada: Member,
    broker: Broker,
    second: Broker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agent = make_agent()
    with on(second):
        await agent.connect()
        running = await assign(implementation=await implementation_of(agent))
        await agent.next("ASSIGN")
        await agent.report("STARTED", str(running.pk))
        await agent.acknowledged()
    with deafness(monkeypatch, second):
        with on(broker):
            await task_cancel(principal=ada.principal, task_id=running.pk)
        await update(models.Agent, agent.agent_id, draining=True)
        assert await agent.nothing("CANCEL")
    await cut(second)
    assert (await agent.next("CANCEL"))["task"] == str(running.pk)
    assert int(agent.agent_id) in second.hub.draining


@pytest.mark.parametrize(
    ("changes", "code"), [({"process_id": "77"}, 1012), ({"blocked": True}, 4003)]
)
async def test_an_agent_that_is_not_this_process_to_keep_is_let_go(
    make_agent: Make,
    broker: Broker,
    second: Broker,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    code: int,
) -> None:
    agent = make_agent()
    with on(second):
        await agent.connect()
    await update(models.Agent, agent.agent_id, **changes)
    await cut(second)
    assert await agent.closed() == code


async def test_routes_are_read_anew(broker: Broker, second: Broker, ada: Member) -> None:
    await second.routes._table(1)
    await cut(second)
    async with asyncio.timeout(120):
        while second.routes._tables:
            await asyncio.sleep(0.01)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=20))
def test_a_bookmark_lies_a_turn_behind(steps: list[int]) -> None:
    bookmark, last, before = Bookmark(), 0, 0
    assert bookmark.at is None
    for number, step in enumerate(steps):
        before, last = last, last + step
        bookmark.turn(last)
        assert bookmark.at == (last if number == 0 else before)


async def test_a_process_that_does_not_hear_itself_listens_anew(
    monkeypatch: pytest.MonkeyPatch, broker: Broker
) -> None:
    """Nobody says that a connection is dead when a machine between is switched off."""
    monkeypatch.setattr(catching_up, "_TURN_SECONDS", 0.01)
    joined: list[set[str]] = []
    real = Hearing.joined
    monkeypatch.setattr(
        Hearing, "joined", lambda self, peers: (joined.append(peers), real(self, peers))
    )
    monkeypatch.setattr(Elsewhere, "understand", lambda self, text: None)
    async with broker_running(), asyncio.timeout(120):
        while len(joined) < 2:
            await asyncio.sleep(0.01)


async def test_the_bookmark_is_turned_by_what_a_process_hears_of_itself(
    monkeypatch: pytest.MonkeyPatch, broker: Broker, make_agent: Make, assign: Start
) -> None:
    agent = make_agent()
    await agent.connect()
    await assign(implementation=await implementation_of(agent))
    monkeypatch.setattr(catching_up, "_TURN_SECONDS", 0.01)
    turned: list[int] = []
    monkeypatch.setattr(Bookmark, "turn", lambda self, last: turned.append(last))
    async with broker_running(), asyncio.timeout(120):
        while len(turned) < 5:
            await asyncio.sleep(0.01)
    last = await models.TaskEvent.objects.alatest("id")
    assert set(turned) == {last.pk}


async def test_too_much_ends_feeds_instead(
    ada: Member, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []

    async def tell(low: int, high: int) -> None:
        told.append((low, high))

    monkeypatch.setattr(catching_up, "last_event", lambda _: _last(12_001))
    bookmark = Bookmark()
    await events_caught_up(broker, bookmark, tell)
    assert told == []
    bookmark.turn(0)
    await events_caught_up(broker, bookmark, tell)
    assert told == [(1, 5000), (5001, 10_000), (10_001, 12_001)]

    reading = await followed(until_done(caller_feed(principal=ada.principal)), member=ada)
    monkeypatch.setattr(catching_up, "last_event", lambda _: _last(900_000))
    await events_caught_up(broker, bookmark, tell)
    async with asyncio.timeout(120):
        assert await reading == []
    assert len(told) == 3


async def _last(number: int) -> int:
    return number
