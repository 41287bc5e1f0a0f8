"""Group commit: order, batch sizes, and knowing when all is done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

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
