"""An agent that speaks raw frames, as the released client does, and forgets nothing by itself."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

from chassis.testing.mint import Member
from chassis.testing.websocket import SocketClosed, WebSocketSession

PATIENCE = 120.0


def definition(key: str, **changes: Any) -> dict[str, Any]:
    """A definition with two numbers in and one out."""
    return {
        "key": key,
        "version": "1",
        "name": key.title(),
        "kind": "FUNCTION",
        "args": [{"key": "a", "kind": "INT"}, {"key": "b", "kind": "INT", "nullable": True}],
        "returns": [{"key": "sum", "kind": "INT"}],
    } | changes


def implementation(key: str, **changes: Any) -> dict[str, Any]:
    """An implementation of such a definition at an interface of the same name."""
    return {"definition": definition(key), "interface": key} | changes


class Agent:
    """One process of an agent; `connect` may be called again after the connection ended."""

    def __init__(
        self,
        open_socket: Callable[..., WebSocketSession],
        member: Member,
        *,
        implementations: list[dict[str, Any]] | None = None,
        session: str | None = None,
        **declaration: Any,
    ) -> None:
        self._open = open_socket
        self.member = member
        self.session = session or str(uuid.uuid4())
        self.implementations = implementations or [implementation("add")]
        self.declaration = declaration
        self.hash = "1"
        self.pos = 0
        self.steps: dict[str, int] = {}
        self.acked = 0
        self.kept: list[dict[str, Any]] = []
        self.frames: list[dict[str, Any]] = []
        self._socket: WebSocketSession | None = None
        self.agent_id = ""

    @property
    def socket(self) -> WebSocketSession:
        assert self._socket is not None
        return self._socket

    async def connect(
        self, *, force: bool = False, opens: bool = True, **changes: Any
    ) -> dict[str, Any]:
        """Register, take INIT, send again what is not acknowledged; return INIT."""
        await self.dial()
        await self.register(force=force, **changes)
        init = await self.next("INIT")
        self.agent_id = init["agent"]
        for frame in self.kept:
            await self.socket.send(frame)
        if opens and self.pos == 0:
            await self.report("SESSION_INIT", session_id=self.session, states={})
        return init

    async def dial(self) -> None:
        """Open the websocket, without a word."""
        self._socket = await self._open("agi").__aenter__()

    async def register(self, *, force: bool = False, **changes: Any) -> None:
        """Send REGISTER."""
        frame = {
            "type": "REGISTER",
            "id": str(uuid.uuid4()),
            "token": self.member.token,
            "force": force,
            "session_id": self.session,
            "name": "fake:1",
            "hash": self.hash,
            "implementations": self.implementations,
            "states": [],
            "locks": [],
            "bloks": [],
            "assets": [],
            "features": ["state_requires"],
        }
        await self.socket.send(frame | self.declaration | changes)

    async def report(self, kind: str, task: str | None = None, **fields: Any) -> dict[str, Any]:
        """Send a numbered frame and keep it until it is acknowledged."""
        frame = await self.report_offline(kind, task, **fields)
        await self.socket.send(frame)
        return frame

    async def report_offline(
        self, kind: str, task: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        """Number and keep a frame that goes out on the next connection."""
        self.pos += 1
        frame: dict[str, Any] = {
            "type": kind,
            "id": str(uuid.uuid4()),
            "pos": self.pos,
            "journal_session": self.session,
            "agent_ts": 1_700_000_000.0,
        } | fields
        if task is not None:
            frame["task"] = task
            self.steps[task] = self.steps.get(task, 0) + 1
            frame["task_step"] = self.steps[task]
        self.kept.append(frame)
        return frame

    async def request(self, kind: str, **fields: Any) -> str:
        """Send a frame that is not numbered; return its id."""
        identifier = str(uuid.uuid4())
        await self.socket.send({"type": kind, "id": identifier} | fields)
        return identifier

    async def next(self, *kinds: str) -> dict[str, Any]:
        """Return the next frame of one of the kinds; others wait for their turn."""
        for place, frame in enumerate(self.frames):
            if frame["type"] in kinds:
                return self.frames.pop(place)
        while True:
            frame = await self.socket.receive()
            if frame["type"] == "HEARTBEAT":
                await self.socket.send({"type": "HEARTBEAT_ANSWER", "id": "h"})
            if frame["type"] in kinds:
                if frame["type"] == "JOURNAL_ACK":
                    self._note_ack(frame)
                return frame
            self._keep(frame)

    def _keep(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "JOURNAL_ACK":
            self._note_ack(frame)
        elif frame["type"] != "HEARTBEAT":
            self.frames.append(frame)

    async def acknowledged(self) -> None:
        """Wait until everything sent is acknowledged."""
        async with asyncio.timeout(PATIENCE):
            while self.kept:
                await self.next("JOURNAL_ACK")

    async def nothing(self, *kinds: str) -> bool:
        """Tell whether no frame of the kinds comes for a moment."""
        while not await self.socket.silent(0.1):
            self._keep(await self.socket.receive())
        return all(frame["type"] not in kinds for frame in self.frames)

    async def closed(self) -> int:
        """Wait for the end of the connection and return its code."""
        try:
            while True:
                await self.next("never")
        except SocketClosed as end:
            # The application lets go first: what it left pending would be another test's warning.
            await self.socket.close()
            return end.code

    async def abort(self) -> None:
        """Break the connection as a network would."""
        await self.socket.close(1006)

    async def run(self, task: str, result: Any = 3) -> None:
        """Run a task from pick-up to the end."""
        await self.report("STARTED", task)
        await self.report("PROGRESS", task, progress=0, message="Queued for running")
        await self.report("YIELD", task, returns={"sum": result})
        await self.report("COMPLETED", task)

    def _note_ack(self, frame: dict[str, Any]) -> None:
        self.kept = [
            kept
            for kept in self.kept
            if kept["journal_session"] != frame["journal_session"] or kept["pos"] > frame["pos"]
        ]
        if frame["journal_session"] == self.session:
            self.acked = max(self.acked, frame["pos"])
