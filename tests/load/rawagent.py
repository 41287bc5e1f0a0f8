"""An agent of raw frames: it answers every task at once, so that only the broker is measured."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Any

import msgspec
from rawhttp import Where
from rawsocket import RawSocket

INTERFACE = "add"
#: What the released client offers on the upgrade.
OFFER = "permessage-deflate; client_max_window_bits"
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode


def implementation(interface: str = INTERFACE, **changes: Any) -> dict[str, Any]:
    """Return the implementation of a sum."""
    return {
        "interface": interface,
        "definition": {
            "key": interface,
            "version": "1",
            "name": interface.title(),
            "kind": "FUNCTION",
            "args": [{"key": "a", "kind": "INT"}, {"key": "b", "kind": "INT"}],
            "returns": [{"key": "sum", "kind": "INT"}],
        },
    } | changes


class RawAgent:
    """One connected agent; use as an async context manager."""

    def __init__(
        self, where: Where, token: str, *, implementations: list[dict[str, Any]] | None = None
    ) -> None:
        self._where = where
        self._token = token
        self._implementations = implementations or [implementation()]
        self.session = str(uuid.uuid4())
        self.pos = 0
        self.acked = 0
        self.agent_id = ""
        self.heartbeats = 0
        self._steps: dict[str, int] = {}
        self._progress = asyncio.Event()
        self.socket: RawSocket
        self.renew()
        self._reader: asyncio.Task[None]
        self._outbox: list[bytes] = []
        #: Called with each ASSIGN; the default completes the task.
        self.on_assign: Callable[[dict[str, Any]], None] = self.complete
        #: Called with every other frame that is for the app.
        self.on_frame: Callable[[dict[str, Any]], None] = lambda frame: None

    def renew(self) -> None:
        """Take a new socket, for a new connection of the same process."""
        self.socket = RawSocket(self._where, "/rekuest/agi", offer=OFFER)

    async def __aenter__(self) -> RawAgent:
        await self.socket.__aenter__()
        self.socket.send(encode(self._register()))
        init = decode(await self.socket.receive())
        if init["type"] != "INIT":
            raise RuntimeError(f"the broker refused: {init}")
        self.agent_id = init["agent"]
        self.report("SESSION_INIT", session_id=self.session, states={})
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await self._reader
        self.socket.abort()

    def _register(self) -> dict[str, Any]:
        return {
            "type": "REGISTER",
            "id": str(uuid.uuid4()),
            "token": self._token,
            "force": False,
            "session_id": self.session,
            "name": "bench:0.1.0",
            "hash": "bench",
            "implementations": self._implementations,
            "states": [],
            "locks": [],
            "bloks": [],
            "assets": [],
        }

    def report(self, kind: str, task: str | None = None, **fields: Any) -> None:
        """Send a numbered frame, together with others of the same turn."""
        self.pos += 1
        frame: dict[str, Any] = {
            "type": kind,
            "id": f"00000000-0000-4000-8000-{self.pos:012d}",
            "pos": self.pos,
            "journal_session": self.session,
            "agent_ts": time.time(),
            **fields,
        }
        if task is not None:
            self._steps[task] = self._steps.get(task, 0) + 1
            frame["task"] = task
            frame["task_step"] = self._steps[task]
        self.post(frame)

    def post(self, frame: dict[str, Any]) -> None:
        """Send a frame as it is, together with others of the same turn."""
        if not self._outbox:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outbox.append(encode(frame))

    def _flush(self) -> None:
        self.socket.send_all(self._outbox)
        self._outbox = []

    def complete(self, assign: dict[str, Any]) -> None:
        """Do what an instant function does."""
        task = assign["task"]
        self.report("STARTED", task)
        self.report("YIELD", task, returns={"sum": 3})
        self.report("COMPLETED", task)
        del self._steps[task]

    async def acknowledged(self, pos: int | None = None) -> None:
        """Wait until everything reported so far, or up to a position, is committed."""
        wanted = self.pos if pos is None else pos
        while self.acked < wanted:
            self._progress.clear()
            await asyncio.wait_for(self._progress.wait(), 60)

    async def _read(self) -> None:
        while True:
            frame = decode(await self.socket.receive())
            match frame["type"]:
                case "ASSIGN":
                    self.on_assign(frame)
                case "JOURNAL_ACK":
                    self.acked = max(self.acked, frame["pos"])
                    self._progress.set()
                case "HEARTBEAT":
                    self.heartbeats += 1
                    self.post({"type": "HEARTBEAT_ANSWER", "id": "h"})
                case "PROTOCOL_ERROR":
                    raise RuntimeError(frame["error"])
                case _:
                    self.on_frame(frame)
