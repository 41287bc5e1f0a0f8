"""Progress of long work on its way to whoever waits for the task."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from arkitekt import Task

from deployers.core.ports import Progress


@asynccontextmanager
async def telling(task: Task) -> AsyncIterator[Progress]:
    """Give a function that tells how far the work is; only the newest of what piles up is sent."""
    news = asyncio.Event()
    latest: list[tuple[int, str]] = []

    def tell(percentage: int, text: str) -> None:
        latest[:] = [(percentage, text)]
        news.set()

    async def send() -> None:
        if latest:
            await task.aprogress(*latest.pop())

    async def pump() -> None:
        while True:
            await news.wait()
            news.clear()
            await send()

    pumping = asyncio.create_task(pump(), name="progress")
    try:
        yield tell
    finally:
        pumping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await pumping
        await send()
