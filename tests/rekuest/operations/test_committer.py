"""Group commit: order, batch sizes, what starts a batch, and knowing when all is done."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from rekuest_server.operations.committer import GroupCommitter


async def test_what_waits_during_a_flush_is_the_next_batch() -> None:
    batches: list[list[int]] = []
    gate = asyncio.Event()

    async def flush(items: Sequence[int]) -> None:
        batches.append(list(items))
        await gate.wait()

    committer = GroupCommitter(flush, 100)
    runner = asyncio.create_task(committer.run())
    committer.put(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for number in range(1, 6):
        committer.put(number)
    gate.set()
    await committer.settled()
    assert batches == [[0], [1, 2, 3, 4, 5]]
    runner.cancel()


async def test_a_batch_has_a_limit_and_keeps_the_order() -> None:
    batches: list[list[int]] = []

    async def flush(items: Sequence[int]) -> None:
        batches.append(list(items))

    committer = GroupCommitter(flush, 3)
    for number in range(8):
        committer.put(number)
    runner = asyncio.create_task(committer.run())
    await committer.settled()
    assert batches == [[0, 1, 2], [3, 4, 5], [6, 7]]
    runner.cancel()


async def test_settled_is_at_once_when_nothing_waits() -> None:
    async def flush(items: Sequence[int]) -> None:
        raise AssertionError

    await GroupCommitter(flush, 3).settled()


class Recorded:
    """A committer that notes its batches."""

    def __init__(self, *, patience: float, limit: int = 100) -> None:
        self.batches: list[list[int]] = []
        self.committer = GroupCommitter(self._flush, limit, patience=patience)

    async def _flush(self, items: Sequence[int]) -> None:
        self.batches.append(list(items))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[GroupCommitter[int]]:
        runner = asyncio.create_task(self.committer.run())
        try:
            yield self.committer
        finally:
            runner.cancel()
            await asyncio.gather(runner, return_exceptions=True)


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_what_nobody_waits_for_goes_with_what_comes_next() -> None:
    recorded = Recorded(patience=3600)
    async with recorded.running() as committer:
        committer.put_patiently(1)
        committer.put_patiently(2)
        await turns()
        assert recorded.batches == []
        committer.put(3)
        await turns()
        assert recorded.batches == [[1, 2, 3]]


async def test_what_nobody_waits_for_does_not_wait_for_ever() -> None:
    recorded = Recorded(patience=0.001)
    async with recorded.running() as committer:
        for number in range(2):
            committer.put_patiently(number)
            async with asyncio.timeout(120):
                while len(recorded.batches) <= number:
                    await asyncio.sleep(0.005)
    assert recorded.batches == [[0], [1]]


async def test_many_that_nobody_waits_for_do_not_wait() -> None:
    recorded = Recorded(patience=3600)
    async with recorded.running() as committer:
        for number in range(200):
            committer.put_patiently(number)
        await turns()
    assert recorded.batches == [list(range(100)), list(range(100, 200))]


async def test_what_nobody_waits_for_is_flushed_for_who_wants_all_settled() -> None:
    recorded = Recorded(patience=3600)
    async with recorded.running() as committer:
        committer.put_patiently(1)
        await turns()
        async with asyncio.timeout(120):
            await committer.settled()
    assert recorded.batches == [[1]]


async def test_the_patience_begins_anew_with_each_batch() -> None:
    """A timer of a batch that is gone does not cut the patience of the next short."""
    recorded = Recorded(patience=3600)
    async with recorded.running() as committer:
        committer.put_patiently(1)
        committer.put(2)
        await turns()
        committer.put_patiently(3)
        await turns()
        assert recorded.batches == [[1, 2]]
        committer.put(4)
        await turns()
        assert recorded.batches == [[1, 2], [3, 4]]


async def test_a_batch_that_is_full_does_not_make_the_rest_wait() -> None:
    recorded = Recorded(patience=3600, limit=2)
    async with recorded.running() as committer:
        for number in range(4):
            committer.put_patiently(number)
        committer.put(4)
        async with asyncio.timeout(120):
            await committer.settled()
    assert recorded.batches == [[0, 1], [2, 3], [4]]


async def test_what_comes_during_a_flush_and_nobody_waits_for_starts_no_batch() -> None:
    gate = asyncio.Event()
    batches: list[list[int]] = []

    async def flush(items: Sequence[int]) -> None:
        batches.append(list(items))
        await gate.wait()

    committer = GroupCommitter(flush, 100, patience=3600)
    runner = asyncio.create_task(committer.run())
    committer.put(0)
    await turns()
    committer.put_patiently(1)
    gate.set()
    await turns()
    assert batches == [[0]]
    committer.put(2)
    await turns()
    assert batches == [[0], [1, 2]]
    runner.cancel()
