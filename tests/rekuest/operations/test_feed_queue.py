"""The queue of a feed: in order, bounded, ended rather than with a gap."""

from __future__ import annotations

import asyncio

import pytest

from chassis import clock
from rekuest_server.domain.errors import FeedTooSlow
from rekuest_server.operations.feed_queue import FeedQueue, TaskEventHappened


def event(number: int, size: int = 0) -> TaskEventHappened:
    return TaskEventHappened(
        id=number,
        task_id=1,
        kind="YIELD",
        message=None,
        progress=None,
        returns_json=b'"' + b"x" * size + b'"',
        value_json=None,
        level="INFO",
        reference=None,
        created_at=clock.now(),
    )


async def test_items_come_in_order_and_together() -> None:
    queue = FeedQueue(10, 10_000)
    for number in range(3):
        queue.put(event(number))
    assert [item.id for item in await queue.take()] == [0, 1, 2]


async def test_a_reader_waits_for_the_next_item() -> None:
    queue = FeedQueue(10, 10_000)
    reader = asyncio.ensure_future(queue.take())
    await asyncio.sleep(0)
    queue.put(event(1))
    assert [item.id for item in await reader] == [1]


async def test_a_closed_queue_ends_after_what_waits() -> None:
    queue = FeedQueue(10, 10_000)
    queue.put(event(1))
    queue.close()
    assert len(await queue.take()) == 1
    assert await queue.take() == []


@pytest.mark.parametrize(("items", "size"), [(3, 10**9), (10**9, 3000)])
async def test_a_full_queue_ends_and_holds_nothing(items: int, size: int) -> None:
    queue = FeedQueue(items, size)
    for number in range(6):
        queue.put(event(number, size=500))
    with pytest.raises(FeedTooSlow):
        await queue.take()
    queue.put(event(9))
    with pytest.raises(FeedTooSlow):
        await queue.take()


def test_values_are_parsed_when_asked_for() -> None:
    item = event(1, size=2)
    assert item.returns == "xx"
    assert item.value is None
