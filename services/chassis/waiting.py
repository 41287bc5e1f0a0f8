"""What a connection waits with, small enough for thousands of connections that are idle.

A queue of asyncio holds four deques, an event one, and a deque takes 760 bytes even when it is
empty. What is here does the same with lists.
"""

from __future__ import annotations

import asyncio
from typing import Any


class Gate:
    """Lets through while it is open, as an `asyncio.Event` does."""

    __slots__ = ("_is_open", "_waiting")

    def __init__(self) -> None:
        self._is_open = True
        self._waiting: list[asyncio.Future[None]] | tuple[()] = ()

    def is_set(self) -> bool:
        """Tell whether the gate is open."""
        return self._is_open

    def clear(self) -> None:
        """Let nobody through from now on."""
        self._is_open = False

    def set(self) -> None:
        """Let through all who wait, and who comes."""
        self._is_open = True
        for one in self._waiting:
            if not one.done():
                one.set_result(None)

    async def wait(self) -> bool:
        """Return when the gate is open, or was opened meanwhile."""
        if not self._is_open:
            one: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting = [*self._waiting, one]
            try:
                await one
            finally:
                self._waiting = [other for other in self._waiting if other is not one] or ()
        return True


class Inbox:
    """The messages of one reader, in order; what a cancelled reader was woken for stays."""

    __slots__ = ("_messages", "_waiting")

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._waiting = Gate()

    def empty(self) -> bool:
        """Tell whether nothing waits."""
        return not self._messages

    def qsize(self) -> int:
        """Return how many messages wait."""
        return len(self._messages)

    def put_nowait(self, message: Any) -> None:
        """Add a message and wake the reader."""
        self._messages.append(message)
        self._waiting.set()

    def get_nowait(self) -> Any:
        """Take the oldest message."""
        return self._messages.pop(0)

    async def get(self) -> Any:
        """Take the oldest message; wait for one if there is none."""
        while not self._messages:
            self._waiting.clear()
            await self._waiting.wait()
        return self._messages.pop(0)
