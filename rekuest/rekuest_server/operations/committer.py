"""Group commit: what arrives while one batch is being written is the next batch."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


#: How long an item waits that nobody waits for, and how many of them.
PATIENCE_SECONDS = 0.02
_PATIENT_ITEMS = 32


class GroupCommitter(Generic[T]):
    """Hands everything that waits to `flush`, one batch at a time and in order.

    Nothing is held back to fill a batch: the next one starts as soon as the last is committed, so
    batches are small when there is little to do and large under load. What nobody waits for starts
    none by itself for a while: whoever is waited for would come in the middle of it, and wait.
    """

    def __init__(
        self,
        flush: Callable[[Sequence[T]], Awaitable[None]],
        limit: int,
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._flush = flush
        self._limit = limit
        self._patience = patience
        self._waiting: deque[T] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        #: Set while the first of what waits is not waited for by anybody.
        self._timer: asyncio.TimerHandle | None = None

    def put(self, item: T) -> None:
        """Queue an item for the next batch."""
        self._waiting.append(item)
        self._idle.clear()
        self._wake.set()

    def put_patiently(self, item: T) -> None:
        """Queue an item for the next batch; a few of them start one only after the patience."""
        self._waiting.append(item)
        self._idle.clear()
        if len(self._waiting) >= _PATIENT_ITEMS:
            self._wake.set()
        elif self._timer is None and not self._wake.is_set():
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._patience, self._wake.set)

    async def settled(self) -> None:
        """Wait until everything that was put so far is flushed."""
        if self._waiting:
            self._wake.set()
        await self._idle.wait()

    async def run(self) -> None:
        """Flush for ever; `flush` must not raise."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            size = min(len(self._waiting), self._limit)
            batch = [self._waiting.popleft() for _ in range(size)]
            if self._waiting:
                self._wake.set()
            if batch:
                await self._flush(batch)
            if not self._waiting:
                self._idle.set()
