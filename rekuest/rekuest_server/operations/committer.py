"""Group commit: what arrives while one batch is being written is the next batch."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class GroupCommitter(Generic[T]):
    """Hands everything that waits to `flush`, one batch at a time and in order.

    Nothing is held back to fill a batch: the next one starts as soon as the last is committed, so
    batches are small when there is little to do and large under load.
    """

    def __init__(self, flush: Callable[[Sequence[T]], Awaitable[None]], limit: int) -> None:
        self._flush = flush
        self._limit = limit
        self._waiting: deque[T] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def put(self, item: T) -> None:
        """Queue an item for the next batch."""
        self._waiting.append(item)
        self._idle.clear()
        self._wake.set()

    async def settled(self) -> None:
        """Wait until everything that was put so far is flushed."""
        await self._idle.wait()

    async def run(self) -> None:
        """Flush for ever; `flush` must not raise."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                size = min(len(self._waiting), self._limit)
                batch = [self._waiting.popleft() for _ in range(size)]
                await self._flush(batch)
            self._idle.set()
