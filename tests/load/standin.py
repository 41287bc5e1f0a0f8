"""A broker that keeps nothing: what the released client reaches where nothing is written down.

It speaks the frames of the agent socket and the three documents by which a call is made and
followed, out of memory: the same frames as the broker, on the same server, many together where the
broker sends many together. Whatever else is asked of it (the health, the challenge of the
handshake) it passes on to the real service. `standin.py SOCKET REAL` listens at SOCKET.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import uvicorn

from chassis.sockets import FrameSocket, Write, frame_socket, writer_of

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode
#: The reports a caller hears of, with the end of a task.
TOLD = {"STARTED", "PROGRESS", "LOG", "YIELD", "COMPLETED", "FAILED", "CRITICAL", "CANCELLED"}


def moment() -> str:
    """Return now, as the clients read it."""
    return datetime.now(UTC).isoformat()


class Memory:
    """One agent, one caller, and the tasks between them."""

    def __init__(self) -> None:
        self.ids = itertools.count(1)
        self.agent: Write | None = None
        self.feeds: list[tuple[Write, str]] = []
        self.events: dict[str, list[dict[str, Any]]] = {}

    async def assign(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Make a task and send it to the agent."""
        task = str(next(self.ids))
        self.events[task] = []
        if self.agent is None:
            raise RuntimeError("no agent is connected")
        frame = {
            "type": "ASSIGN",
            "id": task,
            "interface": wish["interface"],
            "task": task,
            "args": wish["args"],
            "user": "1",
            "org": "default",
            "action": "h",
            "implementation": "1",
            "reference": wish["reference"],
            "probe": False,
            "state_requires": [],
        }
        await self._tell([self._created(task, wish), self._event(task, "QUEUED", {})])
        await self.agent([encode(frame)])
        return {
            "id": task,
            "args": wish["args"],
            "parent": None,
            "latestEventKind": "QUEUED",
            "policy": "ASK",
            "events": [],
            "instructs": [],
            "reference": wish["reference"],
            "updatedAt": moment(),
            "__typename": "Task",
        }

    async def report(self, frames: Sequence[dict[str, Any]]) -> None:
        """Pass reports on to the feeds."""
        events = [
            self._event(frame["task"], frame["type"], frame)
            for frame in frames
            if frame.get("task") and frame["type"] in TOLD
        ]
        if events:
            await self._tell(events)

    def _created(self, task: str, wish: dict[str, Any]) -> dict[str, Any]:
        change = {
            "id": task,
            "reference": wish["reference"],
            "isDone": False,
            "latestEventKind": "QUEUED",
            "latestInstructKind": "ASSIGN",
            "updatedAt": moment(),
            "createdAt": moment(),
            "__typename": "TaskChange",
        }
        return {"create": change, "event": None, "__typename": "TaskChangeEvent"}

    def _event(self, task: str, kind: str, frame: dict[str, Any]) -> dict[str, Any]:
        event = {
            "id": str(next(self.ids)),
            "task": task,
            "kind": kind,
            "returns": frame.get("returns"),
            "message": frame.get("message") or frame.get("error"),
            "progress": frame.get("progress"),
            "value": None,
            "createdAt": moment(),
            "__typename": "TaskEventChange",
        }
        self.events[task].append(event)
        return {"create": None, "event": event, "__typename": "TaskChangeEvent"}

    async def _tell(self, entries: list[dict[str, Any]]) -> None:
        for write, name in self.feeds:
            payloads = [{"data": {"mytasks": entry}} for entry in entries]
            await write(
                [encode({"type": "data", "id": name, "payload": payload}) for payload in payloads]
            )

    def told(self, task: str) -> dict[str, Any]:
        """Return what has happened to a task."""
        events = [
            {key: value for key, value in event.items() if key != "task"}
            | {"reference": None, "__typename": "TaskEvent"}
            for event in self.events[task]
        ]
        return {"id": task, "events": events, "__typename": "Task"}


class StandIn:
    """The ASGI application."""

    def __init__(self, real: str) -> None:
        self.memory = Memory()
        self._client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=real), base_url="http://rekuest"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] == "websocket":
            await receive()
            if scope["path"].endswith("/agi"):
                await send({"type": "websocket.accept"})
                await self._agent(scope, receive, send)
            else:
                await send({"type": "websocket.accept", "subprotocol": "graphql-ws"})
                await self._feed(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if scope["method"] == "POST":
            answer = encode({"data": await self._answer(decode(body))})
            headers = [(b"content-type", b"application/json")]
        else:
            answer, headers = await self._real(scope)
        headers.append((b"content-length", str(len(answer)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _real(self, scope: Scope) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """Ask the real service; it signs the challenge of the handshake in a header."""
        query = scope["query_string"].decode()
        path = scope["path"] + (f"?{query}" if query else "")
        got = await self._client.get(path, headers=scope["headers"])
        dropped = {b"content-length", b"content-encoding", b"transfer-encoding", b"connection"}
        return got.content, [pair for pair in got.headers.raw if pair[0].lower() not in dropped]

    async def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        variables = request.get("variables") or {}
        if "mutation assign" in request["query"]:
            return {"assign": await self.memory.assign(variables["input"])}
        if "query TaskEvents" in request["query"]:
            return {"task": self.memory.told(variables["id"])}
        raise RuntimeError(f"the stand-in knows no answer to {request['query'][:200]}")

    async def _agent(self, scope: Scope, receive: Receive, send: Send) -> None:
        write = writer_of(scope, send)
        while (message := await receive())["type"] == "websocket.receive":
            frames = [decode(text) for text in message.get("texts") or [message["text"]]]
            if frames[0]["type"] == "REGISTER":
                self.memory.agent = write
                init = {"type": "INIT", "id": "i", "agent": "1", "inquiries": [], "diagnostics": []}
                init["hash"] = frames[0].get("hash")
                await write([encode(init)])
                batching(scope)
                continue
            await self.memory.report(frames)
            numbered = [frame for frame in frames if "pos" in frame]
            if numbered:
                ack = {
                    "type": "JOURNAL_ACK",
                    "id": "a",
                    "journal_session": numbered[-1]["journal_session"],
                    "pos": numbered[-1]["pos"],
                }
                await write([encode(ack)])

    async def _feed(self, scope: Scope, receive: Receive, send: Send) -> None:
        write = writer_of(scope, send)
        mine: list[tuple[Write, str]] = []
        while (message := await receive())["type"] == "websocket.receive":
            frame = decode(message["text"])
            if frame["type"] == "connection_init":
                await write([b'{"type":"connection_ack"}'])
            elif frame["type"] == "start":
                mine.append((write, frame["id"]))
                self.memory.feeds.append(mine[-1])
        for entry in mine:
            self.memory.feeds.remove(entry)


def batching(scope: Scope) -> None:
    """Take frames that come together in one message."""
    socket = frame_socket(scope)
    if socket is not None:
        socket.settle()


def main(listen: str, real: str) -> None:
    """Serve."""
    config = uvicorn.Config(
        StandIn(real),
        uds=listen,
        log_level="warning",
        loop="uvloop",
        http="httptools",
        ws=FrameSocket,
        ws_per_message_deflate=False,
        lifespan="off",
        access_log=False,
        server_header=False,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
