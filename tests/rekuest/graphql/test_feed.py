"""How a caller's feed looks on both websocket dialects, and how it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import world

from chassis.testing.mint import Member, TokenMint
from chassis.testing.websocket import SocketClosed, WebSocketSession
from rekuest_server.domain.errors import FeedTooSlow
from rekuest_server.domain.kinds import EventKind
from rekuest_server.operations import feed
from rekuest_server.operations.feed_queue import FeedItem, TaskEventHappened

Ours = tuple[Member, world.Rows]
Documents = dict[str, str]
Open = Callable[..., WebSocketSession]
LEGACY = "graphql-ws"
DIALECTS = (LEGACY, "graphql-transport-ws")


def event(kind: str, number: int = 1, **changes: Any) -> TaskEventHappened:
    values: dict[str, Any] = {
        "id": number,
        "task_id": 7,
        "kind": kind,
        "message": None,
        "progress": None,
        "returns_json": None,
        "value_json": None,
        "level": "INFO",
        "reference": None,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return TaskEventHappened(**(values | changes))


@pytest.fixture
def feeding(monkeypatch: pytest.MonkeyPatch) -> list[FeedItem | Exception]:
    """What the feed yields; an exception in it is raised."""
    items: list[FeedItem | Exception] = []

    async def fake(*, principal: Any) -> AsyncIterator[FeedItem]:
        for item in items:
            if isinstance(item, Exception):
                raise item
            yield item

    monkeypatch.setattr(feed, "caller_feed", fake)
    return items


async def messages(
    socket: WebSocketSession, document: str, member: Member, dialect: str
) -> list[dict[str, Any]]:
    """Subscribe and return what comes until the subscription ends."""
    await socket.send({"type": "connection_init", "payload": {"token": member.token}})
    start = "start" if dialect == LEGACY else "subscribe"
    payload = {"query": document, "variables": {}}
    seen: list[dict[str, Any]] = []
    while (await socket.receive())["type"] != "connection_ack":
        pass
    await socket.send({"id": "1", "type": start, "payload": payload})
    while not seen or seen[-1]["type"] not in {"complete", "error"}:
        message = await socket.receive()
        if message["type"] != "ka":
            seen.append(message)
    return seen


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_every_kind_of_event_passes(
    documents: Documents,
    ours: Ours,
    websocket: Open,
    feeding: list[Any],
    dialect: str,
) -> None:
    feeding += [event(kind, number) for number, kind in enumerate(EventKind)]
    feeding.append(
        event("YIELD", 99, returns_json=b'{"sum": 3}', value_json=b"[1]", message="m", progress=50)
    )
    async with websocket("graphql", subprotocols=[dialect]) as socket:
        seen = await messages(socket, documents["WatchMyTasks"], ours[0], dialect)
    entries = [message["payload"]["data"]["mytasks"]["event"] for message in seen[:-1]]
    assert [entry["kind"] for entry in entries] == [*EventKind, "YIELD"]
    assert entries[-1] == {
        "__typename": "TaskEventChange",
        "id": "99",
        "task": "7",
        "kind": "YIELD",
        "message": "m",
        "progress": 50,
        "returns": {"sum": 3},
        "value": [1],
        "createdAt": "2026-01-01T00:00:00+00:00",
    }
    assert seen[-1]["type"] == "complete"


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_feed_that_cannot_be_followed_ends_with_its_reason(
    documents: Documents,
    ours: Ours,
    websocket: Open,
    feeding: list[Any],
    dialect: str,
) -> None:
    feeding += [event("STARTED"), FeedTooSlow()]
    async with websocket("graphql", subprotocols=[dialect]) as socket:
        seen = await messages(socket, documents["WatchMyTasks"], ours[0], dialect)
    assert "FEED_TOO_SLOW" in str(seen[1:])
    assert len(seen) <= 3


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_unknown_token_opens_no_feed(ours: Ours, websocket: Open, dialect: str) -> None:
    async with websocket("graphql", subprotocols=[dialect]) as socket:
        await socket.send({"type": "connection_init", "payload": {"token": "no"}})
        with pytest.raises(SocketClosed):
            while True:
                message = await socket.receive()
                assert message["type"] in {"connection_error", "ka"}


async def test_a_member_without_roles_may_follow_only_its_own(
    documents: Documents, ours: Ours, websocket: Open, mint: TokenMint, feeding: list[Any]
) -> None:
    nobody = mint.member(roles=[])
    async with websocket("graphql", subprotocols=[LEGACY]) as socket:
        seen = await messages(socket, documents["WatchMyTasks"], nobody, LEGACY)
    assert [message["type"] for message in seen] == ["complete"]
