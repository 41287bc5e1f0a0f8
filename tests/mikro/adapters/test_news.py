"""News of files: to every watcher of the organization, and a slow one is let go."""

from __future__ import annotations

import asyncio
import contextlib

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction

from chassis import news as channel
from mikro_server.adapters import news
from mikro_server.adapters.news import FileNews, announce, hearing_news, watched


def one(number: int, organization: str = "1") -> FileNews:
    return FileNews(organization, "create", number, None)


@contextlib.asynccontextmanager
async def watcher(organization="1"):
    """Collect what one watcher sees."""
    seen: list[FileNews] = []

    async def watch():
        async for item in watched(organization):
            seen.append(item)

    task = asyncio.create_task(watch())
    await asyncio.sleep(0)
    try:
        yield seen, task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def hand_out(item: FileNews) -> None:
    body = orjson.dumps([item.organization, item.kind, item.file, item.folder]).decode()
    news._news._hand_out(body)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_each_watcher_sees_the_news_of_its_organization_in_order():
    async with watcher() as (ours, _), watcher("2") as (theirs, _), watcher() as (also_ours, _):
        for number in range(3):
            hand_out(one(number))
        hand_out(one(9, "2"))
        await settle()
    assert [item.file for item in ours] == [0, 1, 2]
    assert also_ours == ours
    assert [item.file for item in theirs] == [9]


async def test_a_watcher_that_does_not_read_is_let_go_and_others_go_on(monkeypatch):
    monkeypatch.setattr(channel, "_WAITING", 3)
    slow = watched("1")
    pending = asyncio.create_task(anext(slow))
    await asyncio.sleep(0)
    hand_out(one(0))
    assert (await pending).file == 0
    async with watcher() as (seen, _):
        for number in range(1, 8):
            hand_out(one(number))
            await settle()
        assert [item.file for item in seen] == list(range(1, 8))
    left = [item.file async for item in slow]
    assert left == [2, 3]  # then it ends: the watcher knows that it missed something
    assert not news._news._watchers


async def test_a_watcher_that_leaves_is_forgotten():
    async with watcher():
        assert len(news._news._watchers) == 1
    assert not news._news._watchers


@pytest.mark.django_db(transaction=True)
async def test_news_come_with_the_commit_and_not_before():
    def two(fails: bool) -> None:
        with transaction.atomic():
            announce(one(1 if fails else 2))
            if fails:
                raise ValueError

    async with hearing_news(), watcher() as (seen, _):
        async with asyncio.timeout(120):
            while not seen:  # until the channel is open
                await sync_to_async(announce)(one(0))
                await asyncio.sleep(0.05)
        with contextlib.suppress(ValueError):
            await sync_to_async(two)(True)
        await sync_to_async(two)(False)
        async with asyncio.timeout(120):
            while seen[-1].file != 2:
                await asyncio.sleep(0.05)
    assert {item.file for item in seen} == {0, 2}
    # The thread that wrote has a connection of its own, which would keep the database in use.
    await sync_to_async(connections.close_all)()
