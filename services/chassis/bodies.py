"""Bounds on request bodies at the ASGI level, before anything is parsed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from chassis.errors import PayloadTooLarge

Message = Any
Receive = Callable[[], Awaitable[Message]]


class LimitedReceive:
    """Wraps `receive`; raises `PayloadTooLarge` once more than `most` bytes have come."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._seen = 0

    async def __call__(self) -> Message:
        """Return the next message of the body."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._seen += len(message.get("body", b""))
            if self._seen > self._most:
                raise PayloadTooLarge(f"The request body may hold at most {self._most} bytes.")
        return message
