"""News between processes, over a real NOTIFY."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction

from chassis import news
from chassis.news import NewsChannel

pytestmark = pytest.mark.django_db(transaction=True)

LISTENERS = """SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND query = %s"""


def _listeners(name: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(LISTENERS, [f"LISTEN {name}"])
        return [pid for (pid,) in cursor.fetchall()]


def _cut(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])


async def _until_heard(name: str, but: tuple[int, ...] = ()) -> list[int]:
    """Wait until somebody listens to a channel who is none of these."""
    async with asyncio.timeout(20):
        while not (found := [pid for pid in await _ask(_listeners)(name) if pid not in but]):
            await asyncio.sleep(0.02)
    return found


async def _until_silent(name: str) -> None:
    """Wait until nobody listens to a channel: a connection ends a moment after it is closed."""
    async with asyncio.timeout(20):
        while await _ask(_listeners)(name):
            await asyncio.sleep(0.02)


def _ask(function):
    return sync_to_async(function)


class Reader:
    """Reads a topic from the moment it is made."""

    def __init__(self, channel: NewsChannel, topic: str) -> None:
        self.bodies = channel.watched(topic)
        self.next = asyncio.ensure_future(anext(self.bodies))

    async def body(self) -> list[object]:
        """The next body."""
        async with asyncio.timeout(20):
            body = await self.next
        self.next = asyncio.ensure_future(anext(self.bodies))
        return body

    async def close(self) -> None:
        """Read no longer."""
        self.next.cancel()
        await asyncio.gather(self.next, return_exceptions=True)
        await self.bodies.aclose()


@asynccontextmanager
async def reading(channel: NewsChannel, *topics: str) -> AsyncIterator[list[Reader]]:
    """Readers of topics, at work."""
    readers = [Reader(channel, topic) for topic in topics]
    await asyncio.sleep(0)
    try:
        yield readers
    finally:
        for reader in readers:
            await reader.close()


@asynccontextmanager
async def listening(name: str) -> AsyncIterator[NewsChannel]:
    """A channel of a process that hears."""
    channel = NewsChannel(name)
    async with channel.hearing():
        await _until_heard(name)
        yield channel
    await _until_silent(name)
    await _ask(connections.close_all)()


async def test_a_body_arrives_whole_at_every_watcher_of_its_topic_and_nowhere_else():
    async with (
        listening("news_a") as here,
        listening("news_b") as elsewhere,
        reading(here, "1", "1", "2") as (first, second, other),
        reading(elsewhere, "1") as (deaf,),
    ):
        body = ["update", 7, None, 'a "quoted" \u00fcber\u2028text']
        await _ask(here.announce)("1", *body)
        assert await first.body() == body
        assert await second.body() == body
        await _ask(here.announce)("2")
        assert await other.body() == []
        await _ask(elsewhere.announce)("1", "theirs")
        # The only body of this channel: nothing of the other one came before.
        assert await deaf.body() == ["theirs"]


async def test_two_processes_hear_the_same_channel():
    async with listening("news_c") as one:
        other = NewsChannel("news_c")
        async with other.hearing():
            while len(await _ask(_listeners)("news_c")) < 2:
                await asyncio.sleep(0.02)
            async with reading(one, "1") as (first,), reading(other, "1") as (second,):
                await _ask(one.announce)("1", 1)
                assert await first.body() == await second.body() == [1]


def _undone(channel: NewsChannel) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        channel.announce("1", "undone")
        raise ZeroDivisionError


def _in_one(channel: NewsChannel) -> None:
    with transaction.atomic():
        for number in range(3):
            channel.announce("1", number)


async def test_news_come_with_the_commit_in_order_and_never_without_it():
    async with listening("news_d") as channel, reading(channel, "1") as (reader,):
        await _ask(_undone)(channel)
        await _ask(_in_one)(channel)
        assert [await reader.body() for _ in range(3)] == [[0], [1], [2]]


async def test_a_watcher_that_goes_leaves_nothing_behind():
    async with listening("news_e") as channel:
        async with reading(channel, "1"):
            assert len(channel._watchers) == 1
        assert channel._watchers == {}


async def test_a_watcher_that_is_too_slow_is_ended_and_the_others_go_on(monkeypatch):
    monkeypatch.setattr(news, "_WAITING", 3)
    channel = NewsChannel("news_f")
    slow = channel.watched("1")
    waiting = asyncio.ensure_future(anext(slow))
    await asyncio.sleep(0)
    channel._hand_out('["1", 0]')
    assert await waiting == [0]
    for number in range(1, 5):
        channel._hand_out(f'["1", {number}]')
    channel._hand_out('["1", "unheard"]')
    # What waited already is still told, all but the oldest, whose place the end took.
    assert [body async for body in slow] == [[2], [3]]
    async with reading(channel, "1") as (reader,):
        channel._hand_out('["1", 9]')
        assert await reader.body() == [9]


async def test_a_lost_connection_is_made_again(monkeypatch, caplog):
    monkeypatch.setattr(news, "_RETRY_SECONDS", 0.01)
    async with listening("news_g") as channel, reading(channel, "1") as (reader,):
        [pid] = await _until_heard("news_g")
        await _ask(_cut)(pid)
        await _until_heard("news_g", but=(pid,))
        await _ask(channel.announce)("1", "again")
        assert await reader.body() == ["again"]
    assert "news.lost" in {getattr(one, "event", None) for one in caplog.records}
