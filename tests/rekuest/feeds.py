"""Feeds of callers for tests: their items, and a client that reads one to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any

from chassis.testing.mint import Member
from chassis.testing.websocket import WebSocketSession
from rekuest_server.operations.broker import Broker, current_broker
from rekuest_server.operations.feed_queue import TaskEventHappened

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


async def followed(reading: Awaitable[Any], *, member: Member, broker: Broker | None = None) -> Any:
    """Start a task that reads a caller's feed; return it when the feed is in place."""
    at = broker or current_broker()
    task = asyncio.ensure_future(reading)
    async with asyncio.timeout(120):
        caller = await at.identities.of(member.principal)
        while not at.hub.listens(caller.caller_id) and not task.done():
            await asyncio.sleep(0.01)
    return task
