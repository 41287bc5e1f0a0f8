"""A second client, written from `docs/explanation/agent-protocol.md` and from nothing else.

It shows that the page is enough: each method names the section it follows. Its disk is a `Disk`,
which outlives the process; a handler is a coroutine that gets a `Run` and returns the values of the
task. It says nothing the page does not ask for.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from chassis.testing.websocket import SocketClosed

Frame = dict[str, Any]
#: Section 7: after these an agent does not come back; 4001 is told before INIT.
FINAL_CODES = {4001, 4003, 4004, 4005}
ENDS = {"COMPLETED", "FAILED", "CRITICAL", "CANCELLED", "INTERRUPTED", "LOST", "DENIED"}


@dataclass
class Disk:
    """Section 3: what is numbered, kept until it is acknowledged; over the end of a process too."""

    kept: list[Frame] = field(default_factory=list)

    def acknowledge(self, session: str, pos: int) -> None:
        """Forget what an acknowledgement covers."""
        self.kept = [
            frame
            for frame in self.kept
            if frame["journal_session"] != session or frame["pos"] > pos
        ]


class Refused(Exception):
    """Section 2: PROTOCOL_ERROR before INIT."""


class ChildFailed(Exception):
    """A child ended by anything but COMPLETED."""


class Run:
    """Section 4: one task that this process runs."""

    def __init__(self, client: SpecClient, order: Frame) -> None:
        self.client = client
        self.task: str = order["task"]
        self.args: Frame = order["args"]
        resume = order.get("resume") or {"last_step": 0, "effects": []}
        self.step: int = resume["last_step"]
        self.recorded = {effect["key"]: effect["value"] for effect in resume["effects"]}
        for frame in client.disk.kept:
            # The last words of a dead process, which the server could not know of.
            if frame.get("task") == self.task:
                self.step = max(self.step, frame["task_step"])
                if frame["type"] == "EFFECT":
                    self.recorded.setdefault(frame["key"], frame["value"])
        self.work: asyncio.Task[None] | None = None

    async def say(self, kind: str, **fields: Any) -> None:
        """Report something, numbered by the session and by the task."""
        self.step += 1
        await self.client.number(kind, task=self.task, task_step=self.step, **fields)

    async def outside(self, key: str, make: Callable[[], Any]) -> Any:
        """Take a value from outside, once in the life of a workflow."""
        if key not in self.recorded:
            self.recorded[key] = make()
            await self.say("EFFECT", effect="RECORD", key=key, value=self.recorded[key])
        return self.recorded[key]

    async def call(self, call_key: str, args: Frame, **target: str) -> Frame:
        """Section 6: ask for a child and wait for its values."""
        self.step += 1
        answer = await self.client.ask(
            "ASSIGN_REQUEST",
            parent=self.task,
            parent_step=self.step,
            call_key=call_key,
            args=args,
            **target,
        )
        if answer.get("error"):
            raise ChildFailed(answer["error"])
        values: Frame = {}
        seen = 0
        events = self.client.events_of(answer["task"])
        while True:
            event = await events.get()
            if event["seq"] <= seen:
                continue
            seen = event["seq"]
            kind = event["type"].removesuffix("_EVENT")
            if kind == "YIELD":
                values = event["returns"]
            elif kind == "COMPLETED":
                return values
            elif kind in ENDS:
                raise ChildFailed(kind)


Handler = Callable[[Run], Awaitable[Frame]]


class SpecClient:
    """One process of an agent."""

    def __init__(
        self,
        dial: Callable[[], Awaitable[Any]],
        *,
        token: str,
        implementations: list[Frame],
        handlers: dict[str, Handler],
        disk: Disk,
    ) -> None:
        self._dial = dial
        self._token = token
        self._implementations = implementations
        self._handlers = handlers
        self.disk = disk
        self._session = str(uuid.uuid4())
        self._pos = 0
        self._socket: Any = None
        self._is_welcome = asyncio.Event()
        self._runs: dict[str, Run] = {}
        self._over: set[str] = set()
        self._asked: dict[str, tuple[Frame, asyncio.Future[Frame]]] = {}
        self._children: dict[str, asyncio.Queue[Frame]] = {}
        self.agent = ""
        self.inquired: list[str] = []
        self.connections = 0

    # section 2 and 7: connections

    async def live(self) -> int:
        """Be an agent until the server says that this process is not wanted; return the code."""
        while True:
            code = await self._connection()
            if code in FINAL_CODES:
                return code
            await asyncio.sleep(0.05)

    async def _connection(self) -> int:
        self._socket = await self._dial()
        try:
            await self._register()
            while True:
                await self._take(await self._socket.receive())
        except SocketClosed as end:
            return end.code
        finally:
            self._is_welcome.clear()
            await self._socket.close()

    async def _register(self) -> None:
        await self._send(
            "REGISTER",
            token=self._token,
            force=False,
            session_id=self._session,
            name="spec:1",
            hash=str(len(self._implementations)),
            implementations=self._implementations,
        )
        first = await self._socket.receive()
        if first["type"] == "PROTOCOL_ERROR":
            raise Refused(first["error"])
        assert first["type"] == "INIT"
        self.agent = first["agent"]
        # What is numbered meanwhile is appended, and so sent in its turn.
        for frame in self.disk.kept:
            await self._socket.send(frame)
        self._is_welcome.set()
        if self._pos == 0:
            await self.number("SESSION_INIT", session_id=self._session, states={})
        for question, answer in list(self._asked.values()):
            if not answer.done():
                await self._socket.send(question)
        for inquiry in first["inquiries"]:
            await self._answer_inquiry(inquiry["task"])
        self.connections += 1

    async def _answer_inquiry(self, task: str) -> None:
        self.inquired.append(task)
        run = self._runs.get(task)
        if run is not None:
            await run.say("PROGRESS", progress=0)
        elif task not in self._over:
            await self._unknown(task)

    async def _unknown(self, task: str) -> None:
        await self.number("CRITICAL", task=task, error="This process does not run it.")

    async def _send(self, kind: str, **fields: Any) -> None:
        await self._socket.send({"type": kind, "id": str(uuid.uuid4()), **fields})

    async def number(self, kind: str, **fields: Any) -> None:
        """Section 3: number a frame, keep it, and send it if there is a connection."""
        self._pos += 1
        frame = {"type": kind, "id": str(uuid.uuid4()), "pos": self._pos}
        frame |= {"journal_session": self._session, "agent_ts": 0.0, **fields}
        self.disk.kept.append(frame)
        if self._is_welcome.is_set():
            await self._socket.send(frame)

    async def ask(self, kind: str, **fields: Any) -> Frame:
        """Send a question and wait for its answer, however many connections that takes."""
        await self._is_welcome.wait()
        question = {"type": kind, "id": str(uuid.uuid4()), **fields}
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._asked[question["id"]] = question, answer
        await self._socket.send(question)
        return await answer

    def events_of(self, child: str) -> asyncio.Queue[Frame]:
        """The events of a child, those that came before it was asked for included."""
        return self._children.setdefault(child, asyncio.Queue())

    # what the server says

    async def _take(self, frame: Frame) -> None:
        kind = frame["type"]
        if kind == "HEARTBEAT":
            await self._send("HEARTBEAT_ANSWER")
        elif kind == "JOURNAL_ACK":
            self.disk.acknowledge(frame["journal_session"], frame["pos"])
        elif kind == "ASSIGN":
            self._assign(frame)
        elif kind in ("CANCEL", "INTERRUPT"):
            await self._stop(frame["task"], {"CANCEL": "CANCELLED"}.get(kind, "INTERRUPTED"))
        elif kind.endswith("_EVENT"):
            self.events_of(frame["task"]).put_nowait(frame)
        elif "request" in frame and frame["request"] in self._asked:
            _, waiting = self._asked[frame["request"]]
            if not waiting.done():
                waiting.set_result(frame)
        # Section 1: anything else is ignored.

    def _assign(self, order: Frame) -> None:
        if order["task"] in self._runs or order["task"] in self._over:
            return
        run = Run(self, order)
        self._runs[run.task] = run
        run.work = asyncio.create_task(self._carry_out(run, order["interface"]))

    async def _carry_out(self, run: Run, interface: str) -> None:
        await run.say("STARTED")
        try:
            values = await self._handlers[interface](run)
        except asyncio.CancelledError:
            return
        except Exception as error:  # noqa: BLE001 - the end of the task says it
            await self._end(run, "CRITICAL", error=str(error))
        else:
            await run.say("YIELD", returns=values)
            await self._end(run, "COMPLETED")

    async def _end(self, run: Run, kind: str, **fields: Any) -> None:
        self._over.add(run.task)
        del self._runs[run.task]
        await run.say(kind, **fields)

    async def _stop(self, task: str, kind: str) -> None:
        run = self._runs.get(task)
        if run is None:
            if task not in self._over:
                await self._unknown(task)
            return
        assert run.work is not None
        run.work.cancel()
        await self._end(run, kind)

    async def die(self) -> None:
        """End as a process that is killed: nothing more is said, the disk stays."""
        self._is_welcome.clear()
        works = [run.work for run in self._runs.values() if run.work is not None]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        with contextlib.suppress(SocketClosed):
            await self._socket.abort()
