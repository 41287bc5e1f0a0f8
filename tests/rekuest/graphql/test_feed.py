"""How a caller's feed looks on both websocket dialects, and how it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import world
from feeds import DIALECTS, LEGACY, event, messages

from chassis.testing.mint import Member, TokenMint
from chassis.testing.websocket import SocketClosed, WebSocketSession
from rekuest_server.domain.errors import FeedTooSlow
from rekuest_server.domain.kinds import EventKind

Ours = tuple[Member, world.Rows]
Documents = dict[str, str]
Open = Callable[..., WebSocketSession]


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


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_rule_14_the_older_dialect_is_served(
    ours: Ours, websocket: Open, dialect: str
) -> None:
    async with websocket("graphql", subprotocols=[dialect, "another"]) as socket:
        assert socket.subprotocol == dialect
        await socket.send({"type": "connection_init", "payload": {"token": ours[0].token}})
        assert (await socket.receive())["type"] == "connection_ack"


async def test_rule_14_an_expired_token_is_unauthenticated(
    documents: Documents, ours: Ours, websocket: Open, mint: TokenMint
) -> None:
    """The older dialect carries a token with each operation; the connection outlives a bad one."""
    late = mint.member(exp=int(time.time()) - 3600)
    async with websocket("graphql", subprotocols=[LEGACY]) as socket:
        await socket.send({"type": "connection_init", "payload": {"token": ours[0].token}})
        while (await socket.receive())["type"] != "connection_ack":
            pass
        payload = {
            "query": documents["WatchMyTasks"],
            "variables": {},
            "headers": {"Authorization": f"Bearer {late.token}"},
        }
        await socket.send({"id": "1", "type": "start", "payload": payload})
        while (message := await socket.receive())["type"] == "ka":
            pass
        assert message["type"] == "error"
        assert message["payload"]["extensions"]["code"] == "UNAUTHENTICATED"
        await socket.send({"id": "2", "type": "start", "payload": {"query": "{ __typename }"}})
        while (message := await socket.receive())["type"] == "ka":
            pass
        assert message["id"] == "2"
