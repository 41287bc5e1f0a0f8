"""The queue of a feed: in order, bounded, ended rather than with a gap."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import clock
from rekuest_server.domain.errors import FeedTooSlow
from rekuest_server.operations.feed_queue import FeedQueue, TaskEventHappened


def event(number: int, size: int = 0, *, kind: str = "YIELD", task: int = 1) -> TaskEventHappened:
    return TaskEventHappened(
        id=number,
        task_id=task,
        kind=kind,
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


async def test_under_pressure_only_the_latest_progress_of_a_task_waits() -> None:
    queue = FeedQueue(8, 10**9)
    for number in range(4):
        queue.put(event(number))
    for number in range(10, 40):
        queue.put(event(number, kind="PROGRESS", task=number % 2))
    queue.put(event(50, kind="COMPLETED"))
    assert [item.id for item in await queue.take()] == [0, 1, 2, 3, 38, 39, 50]


async def test_without_pressure_every_progress_is_shown() -> None:
    queue = FeedQueue(100, 10**9)
    for number in range(10):
        queue.put(event(number, kind="PROGRESS"))
    assert len(await queue.take()) == 10


async def test_a_progress_that_was_taken_is_not_replaced() -> None:
    queue = FeedQueue(2, 10**9)
    queue.put(event(1, kind="PROGRESS"))
    assert [item.id for item in await queue.take()] == [1]
    queue.put(event(2, kind="PROGRESS"))
    assert [item.id for item in await queue.take()] == [2]


KINDS = st.sampled_from(["PROGRESS", "YIELD", "LOG", "COMPLETED"])
#: What happens to a queue: an event of a kind and task, or the reader takes what waits.
STEPS = st.lists(st.none() | st.tuples(KINDS, st.integers(1, 3)), max_size=60)


@given(STEPS, st.integers(1, 30))
def test_nothing_but_outdated_progress_is_ever_missing(
    steps: list[tuple[str, int] | None], limit: int
) -> None:
    queue = FeedQueue(limit, 10**9)
    sent: list[TaskEventHappened] = []
    seen: list[TaskEventHappened] = []

    async def read() -> bool:
        try:
            seen.extend(await queue.take())
        except FeedTooSlow:
            return False
        return True

    async def play() -> bool:
        news = False
        for number, step in enumerate(steps):
            if step is not None:
                sent.append(event(number, kind=step[0], task=step[1]))
                queue.put(sent[-1])
            elif news and not await read():
                return False
            news = step is not None
        queue.close()
        return await read()

    if not asyncio.run(play()):
        return  # ended with its reason: that is noticed
    assert [item for item in seen if item.kind != "PROGRESS"] == [
        item for item in sent if item.kind != "PROGRESS"
    ]
    assert [item.id for item in seen] == sorted({item.id for item in seen})
    for missing in (item for item in sent if item not in seen):
        assert any(
            item.id > missing.id and item.kind == "PROGRESS" and item.task_id == missing.task_id
            for item in seen
        )
