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
from websockets.asyncio.client import ClientConnection, connect

INTERFACE = "add"
IMPLEMENTATION: dict[str, Any] = {
    "interface": INTERFACE,
    "definition": {
        "key": INTERFACE,
        "version": "1",
        "name": "Add",
        "kind": "FUNCTION",
        "args": [{"key": "a", "kind": "INT"}, {"key": "b", "kind": "INT"}],
        "returns": [{"key": "sum", "kind": "INT"}],
    },
}
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode


class RawAgent:
    """One connected agent; use as an async context manager."""

    def __init__(self, origin: str, token: str) -> None:
        self._url = origin.replace("http", "ws", 1) + "/rekuest/agi"
        self._token = token
        self.session = str(uuid.uuid4())
        self.pos = 0
        self.acked = 0
        self.agent_id = ""
        self._steps: dict[str, int] = {}
        self._progress = asyncio.Event()
        self._socket: ClientConnection
        self._reader: asyncio.Future[list[None]]
        #: Called with each ASSIGN; the default completes the task.
        self.on_assign: Callable[[dict[str, Any]], None] = self.complete
        self._outbox: asyncio.Queue[str] = asyncio.Queue()

    async def __aenter__(self) -> RawAgent:
        self._socket = await connect(self._url, compression=None, max_queue=None)
        await self._socket.send(
            encode(
                {
                    "type": "REGISTER",
                    "id": str(uuid.uuid4()),
                    "token": self._token,
                    "force": False,
                    "session_id": self.session,
                    "name": "bench:0.1.0",
                    "hash": "bench",
                    "implementations": [IMPLEMENTATION],
                    "states": [],
                    "locks": [],
                    "bloks": [],
                    "assets": [],
                }
            ).decode()
        )
        init = decode(await self._socket.recv())
        if init["type"] != "INIT":
            raise RuntimeError(f"the broker refused: {init}")
        self.agent_id = init["agent"]
        self.report("SESSION_INIT", session_id=self.session, states={})
        self._reader = asyncio.gather(self._read(), self._write())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader
        await self._socket.close()

    def report(self, kind: str, task: str | None = None, **fields: Any) -> None:
        """Queue a numbered frame."""
        self.pos += 1
        frame: dict[str, Any] = {
            "type": kind,
            "id": str(uuid.uuid4()),
            "pos": self.pos,
            "journal_session": self.session,
            "agent_ts": time.time(),
            **fields,
        }
        if task is not None:
            self._steps[task] = self._steps.get(task, 0) + 1
            frame |= {"task": task, "task_step": self._steps[task]}
        self._outbox.put_nowait(encode(frame).decode())

    def complete(self, assign: dict[str, Any]) -> None:
        """Do what an instant function does."""
        task = assign["task"]
        self.report("STARTED", task)
        self.report("YIELD", task, returns={"sum": 3})
        self.report("COMPLETED", task)

    async def acknowledged(self, pos: int | None = None) -> None:
        """Wait until everything reported so far, or up to a position, is committed."""
        wanted = self.pos if pos is None else pos
        while self.acked < wanted:
            self._progress.clear()
            await asyncio.wait_for(self._progress.wait(), 60)

    async def _write(self) -> None:
        while True:
            await self._socket.send(await self._outbox.get())

    async def _read(self) -> None:
        async for text in self._socket:
            frame = decode(text)
            match frame["type"]:
                case "ASSIGN":
                    self.on_assign(frame)
                case "JOURNAL_ACK":
                    self.acked = max(self.acked, frame["pos"])
                    self._progress.set()
                case "HEARTBEAT":
                    self._outbox.put_nowait('{"type":"HEARTBEAT_ANSWER","id":"h"}')
                case "PROTOCOL_ERROR":
                    raise RuntimeError(frame["error"])
