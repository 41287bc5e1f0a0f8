"""Websockets that are open, and the end of those whose client was removed meanwhile.

A request is checked when it comes; a socket would outlive the right it was opened with.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count

from chassis.config import ServiceConfig, current
from chassis.identity import Principal, get_verifier
from chassis.logs import get_logger

logger = get_logger(__name__)

#: Returns whose socket it is; None as long as nobody has logged in on it.
Who = Callable[[], Principal | None]
End = Callable[[], Awaitable[None]]

#: Looks for each age of the list of removed clients, so that one is gone in two ages at most.
_LOOKS = 3
_PATIENCE_SECONDS = 5.0

_held: dict[int, tuple[Who, End]] = {}
_numbers = count()


class held:
    """Keep a socket on the list while it is open; `end` closes it and may fail."""

    __slots__ = ("_number", "_what")

    def __init__(self, who: Who, end: End) -> None:
        self._number = next(_numbers)
        self._what = (who, end)

    def __enter__(self) -> None:
        _held[self._number] = self._what

    def __exit__(self, *error: object) -> None:
        del _held[self._number]


async def end_removed() -> int:
    """Close the sockets of clients that were removed or blocked; return how many."""
    verifier = get_verifier()
    ended = 0
    for who, end in list(_held.values()):
        principal = who()
        if principal is None or await verifier.may_stay(principal):
            continue
        ended += 1
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await end()
        except (OSError, RuntimeError, TimeoutError) as error:
            logger.info("a socket was gone already: %s", error, extra={"event": "socket.gone"})
    if ended:
        logger.info("removed clients", extra={"event": "socket.ended", "count": ended})
    return ended


async def _look_again_and_again(seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        await end_removed()


@contextlib.asynccontextmanager
async def watched() -> AsyncIterator[None]:
    """Close the sockets of removed clients while the service runs."""
    period = current(ServiceConfig).tokens.revocations_seconds
    looking = asyncio.create_task(_look_again_and_again(period / _LOOKS))
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
