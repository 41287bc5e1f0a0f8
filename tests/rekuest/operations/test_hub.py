"""The registry of what is connected to a process."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from feeds import event

from rekuest_server.operations.feed_queue import FeedQueue
from rekuest_server.operations.hub import Hub


class Link:
    def __init__(self, agent_id: int) -> None:
        self.agent_id = agent_id


def new_hub() -> Any:
    return Hub(elsewhere=None)  # type: ignore[arg-type]


def test_the_newest_link_of_an_agent_is_its_own() -> None:
    hub, old, new = new_hub(), Link(1), Link(1)
    assert hub.attach(old) is None
    assert hub.attach(new) is old
    assert hub.link_of(1) is new


def test_a_link_that_was_replaced_takes_nobody_with_it() -> None:
    hub, old, new = new_hub(), Link(1), Link(1)
    hub.attach(old)
    hub.attach(new)
    assert not hub.detach(old)
    assert hub.link_of(1) is new
    assert hub.detach(new)
    assert hub.link_of(1) is None


def test_nobody_has_no_link() -> None:
    assert new_hub().link_of(None) is None
    assert new_hub().link_of(7) is None


async def test_a_feed_gets_its_callers_items_only() -> None:
    hub, ours, theirs = new_hub(), FeedQueue(9, 9999), FeedQueue(9, 9999)
    hub.subscribe(1, ours)
    hub.subscribe(2, theirs)
    hub.publish(1, event("STARTED", 5, created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert [item.id for item in await ours.take()] == [5]
    hub.close_feeds()
    assert await theirs.take() == []


async def test_every_feed_of_a_caller_gets_every_item() -> None:
    hub, feeds = new_hub(), [FeedQueue(9, 9999) for _ in range(3)]
    for feed in feeds:
        hub.subscribe(1, feed)
    hub.publish(1, event("STARTED", 5))
    assert [[item.id for item in await feed.take()] for feed in feeds] == [[5]] * 3


def test_a_caller_is_listened_to_while_it_has_a_feed() -> None:
    hub, first, second = new_hub(), FeedQueue(9, 9999), FeedQueue(9, 9999)
    assert not hub.listens(1)
    hub.subscribe(1, first)
    hub.subscribe(1, second)
    hub.unsubscribe(1, first)
    assert hub.listens(1)
    assert hub.callers() == [1]
    hub.unsubscribe(1, second)
    hub.unsubscribe(1, second)
    assert not hub.listens(1)
    assert hub.callers() == []
