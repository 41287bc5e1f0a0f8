"""The feed of a caller: every change of its tasks, in order, gap-free or closed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from chassis.identity import Principal
from chassis.permissions import authorize
from rekuest_server.operations.broker import current_broker
from rekuest_server.operations.feed_queue import (
    FeedItem,
    FeedQueue,
    TaskCreated,
    TaskEventHappened,
)
from rekuest_server.policy import task as _rules  # noqa: F401  # registers the rules

__all__ = ["FeedItem", "TaskCreated", "TaskEventHappened", "caller_batches", "caller_feed"]


async def caller_feed(*, principal: Principal) -> AsyncIterator[FeedItem]:
    """Yield every change of the principal's tasks from now on; see `caller_batches`."""
    batches = caller_batches(principal=principal)
    async with aclosing(batches):
        async for items in batches:
            for item in items:
                yield item


async def caller_batches(*, principal: Principal) -> AsyncGenerator[list[FeedItem], None]:
    """Yield every change of the principal's tasks from now on, all that is there at once.

    The subscription is in place when the first `__anext__` is awaited. Raises `FeedTooSlow` when
    the reader has fallen behind too far: a closed feed is noticed, a gap is not.
    """
    authorize(principal, "task.watch")
    broker = current_broker()
    caller = await broker.identities.of(principal)
    queue = FeedQueue(broker.config.feed.items, broker.config.feed.bytes)
    broker.hub.subscribe(caller.caller_id, queue)
    try:
        while items := await queue.take():
            yield items
    finally:
        broker.hub.unsubscribe(caller.caller_id, queue)
