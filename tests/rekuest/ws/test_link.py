"""The sending side of an agent's connection, on a socket that may be slow or dead."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from chassis.sockets import writer_of
from rekuest_server.config import AgentsConfig
from rekuest_server.domain.agent_session import Admission
from rekuest_server.operations.agent import Registration
from rekuest_server.ws.link import Link

MEBIBYTE = 1024 * 1024


class Socket:
    """What the link sends; it can be made to take nothing."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.takes = asyncio.Event()
        self.takes.set()

    async def send(self, message: dict[str, Any]) -> None:
        await self.takes.wait()
        self.sent.append(message)

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(message["text"]) for message in self.sent if "text" in message]

    @property
    def close(self) -> tuple[int, str] | None:
        ends = [message for message in self.sent if message["type"] == "websocket.close"]
        return (ends[0]["code"], ends[0]["reason"]) if ends else None


Open = Callable[..., Link]


@pytest.fixture
def socket() -> Socket:
    return Socket()


@pytest_asyncio.fixture
async def linked(socket: Socket) -> AsyncIterator[Open]:
    """Makes links on the socket."""
    links: list[Link] = []

    def make(cut: Callable[[], None] | None = None, **agents: Any) -> Link:
        broker: Any = SimpleNamespace(config=SimpleNamespace(agents=AgentsConfig(**agents)))
        registration = Registration(
            agent_id=1,
            organization_id=1,
            admission=Admission.WELCOME,
            session_id="s",
            session_row=1,
            last_pos=0,
            gap_pos=0,
            epoch=1,
            hash="h",
            changed=True,
        )
        write = writer_of({}, socket.send)
        link = Link(broker, registration, socket.send, write, features=["state_requires"], cut=cut)
        links.append(link)
        return link

    yield make
    for link in links:
        link.is_gone = True
        await link.finish()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def frame(number: int) -> str:
    return json.dumps({"type": "ASSIGN", "n": number})


async def test_nothing_but_init_goes_out_before_init(linked: Open, socket: Socket) -> None:
    link = linked()
    link.send(frame(1))
    link.acknowledge("s", 3)
    await settle()
    assert socket.sent == []
    link.open('{"type": "INIT"}')
    link.send(frame(2))
    await settle()
    kinds = [found["type"] for found in socket.frames]
    assert kinds.count("INIT") == 1
    assert [found["n"] for found in socket.frames if found["type"] == "ASSIGN"] == [1, 2]
    assert kinds.index("INIT") < kinds.index("ASSIGN")


async def test_what_init_brings_along_comes_before_any_acknowledgement(
    linked: Open, socket: Socket
) -> None:
    """A resumed workflow must not learn that its last words arrived before it is told them."""
    link = linked()
    for number in range(4):
        link.send(json.dumps({"type": "ASSIGN", "n": number, "args": "x" * 100_000}))
    link.open('{"type": "INIT"}')
    link.acknowledge("old", 9)
    link.send(frame(4))
    await settle()
    told = [found.get("n", found["type"]) for found in socket.frames]
    assert told == ["INIT", 0, 1, 2, 3, "JOURNAL_ACK", 4]


async def test_acknowledgements_that_wait_become_one(linked: Open, socket: Socket) -> None:
    link = linked()
    link.open('{"type": "INIT"}')
    await settle()
    for pos in (1, 5, 3):
        link.acknowledge("s", pos)
    link.acknowledge("old", 9)
    await settle()
    acks = [found for found in socket.frames if found["type"] == "JOURNAL_ACK"]
    assert [(ack["journal_session"], ack["pos"]) for ack in acks] == [("s", 5), ("old", 9)]


async def test_a_slow_agent_gets_no_more_work_until_it_has_read(
    linked: Open, socket: Socket
) -> None:
    link = linked(outbox_bytes=MEBIBYTE)
    link.open('{"type": "INIT"}')
    await settle()
    socket.takes.clear()
    large = json.dumps({"type": "ASSIGN", "args": "x" * MEBIBYTE})
    link.send(large)
    link.send(large)
    await settle()
    assert link.is_congested
    link.send(json.dumps({"type": "CANCEL"}))
    socket.takes.set()
    await settle()
    assert not link.is_congested
    assert [found["type"] for found in socket.frames] == ["INIT", "ASSIGN", "ASSIGN", "CANCEL"]


async def test_reports_wait_while_too_many_are_being_written(linked: Open) -> None:
    link = linked(unacknowledged_frames=16)
    for _ in range(15):
        await link.room()
    waiting = asyncio.ensure_future(link.room())
    await settle()
    assert not waiting.done()
    link.written(2)
    await asyncio.wait_for(waiting, 60)


async def test_a_farewell_follows_what_waits(linked: Open, socket: Socket) -> None:
    link = linked()
    link.open('{"type": "INIT"}')
    link.send(frame(1))
    link.close(1012, "x" * 300)
    link.close(4005, "a second one")
    link.send(frame(2))
    await settle()
    assert socket.close == (1012, "x" * 100)
    assert [found.get("n") for found in socket.frames] == [None, 1]


class Timer:
    """A call that is due at a moment."""

    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at, self.call = at, call
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Hands:
    """The clock of a loop, turned by hand: how busy the machine is makes no difference."""

    def __init__(self) -> None:
        self.now = 0.0
        self._timers: list[Timer] = []
        self.create_task = asyncio.get_running_loop().create_task

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        self._timers.append(Timer(self.now + seconds, call))
        return self._timers[-1]

    def turn(self, seconds: float) -> None:
        """Let time pass; what is due on the way is called at its moment."""
        end = self.now + seconds
        while due := [timer for timer in self._timers if timer.at <= end]:
            first = min(due, key=lambda timer: timer.at)
            self._timers.remove(first)
            if not first.is_cancelled:
                self.now = max(self.now, first.at)
                first.call()
        self.now = end


@pytest_asyncio.fixture
async def hands() -> Hands:
    return Hands()


@pytest_asyncio.fixture
async def timed(linked: Open, hands: Hands) -> Link:
    """A link by the hand-turned clock: asked after 10 s of silence, closed after 25 s."""
    link = linked(heartbeat_seconds=10, silence_seconds=25)
    link._loop = hands  # type: ignore[assignment]
    return link


async def test_rule_17_no_heartbeat_before_init(timed: Link, hands: Hands, socket: Socket) -> None:
    hands.turn(600)
    assert not timed.is_closed
    timed.open('{"type": "INIT"}')
    hands.turn(9)
    await settle()
    assert [found["type"] for found in socket.frames] == ["INIT"]


async def test_an_agent_that_does_not_answer_is_asked_once(
    timed: Link, hands: Hands, socket: Socket
) -> None:
    timed.open('{"type": "INIT"}')
    hands.turn(24)
    assert not timed.is_closed
    hands.turn(1)
    await settle()
    assert [found["type"] for found in socket.frames] == ["INIT", "HEARTBEAT"]
    assert socket.close == (3001, "no sign of life")


async def test_an_agent_that_answers_is_asked_again_and_kept(
    timed: Link, hands: Hands, socket: Socket
) -> None:
    timed.open('{"type": "INIT"}')
    for _ in range(6):
        hands.turn(20)
        timed.heard()
    hands.turn(9)
    await settle()
    assert [found["type"] for found in socket.frames] == ["INIT", *["HEARTBEAT"] * 6]
    assert not timed.is_closed


async def test_an_agent_that_talks_is_not_asked(timed: Link, hands: Hands, socket: Socket) -> None:
    timed.open('{"type": "INIT"}')
    for _ in range(30):
        hands.turn(9)
        timed.heard()
    await settle()
    assert [found["type"] for found in socket.frames] == ["INIT"]


async def test_a_dead_socket_does_not_hold_up_the_end(
    linked: Open, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rekuest_server.ws.link._FAREWELL_SECONDS", 0.01)
    link = linked()
    socket.takes.clear()
    link.open('{"type": "INIT"}')
    await settle()
    link.close(1012, "over")
    async with asyncio.timeout(120):
        await link.finish()
    socket.takes.set()
    await settle()
    assert socket.sent == []


async def test_a_farewell_that_is_not_taken_cuts_the_connection(
    linked: Open, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rekuest_server.ws.link._FAREWELL_SECONDS", 0.01)
    cut = asyncio.Event()
    link = linked(cut=cut.set, heartbeat_seconds=0.01, silence_seconds=0.02)
    socket.takes.clear()
    link.open('{"type": "INIT"}')
    async with asyncio.timeout(120):
        await cut.wait()
    assert link.is_closed
    assert socket.sent == []


async def test_a_connection_that_broke_is_written_to_no_more(linked: Open) -> None:
    tries = 0

    async def write(payloads: Sequence[bytes]) -> None:
        nonlocal tries
        tries += 1
        raise BrokenPipeError

    link = linked()
    link._write = write
    link.open('{"type": "INIT"}')
    await settle()
    link.send(frame(1))
    link.close(1012, "over")
    await settle()
    assert tries == 1


async def test_an_idle_link_has_no_task(linked: Open, socket: Socket) -> None:
    before = asyncio.all_tasks()
    link = linked()
    link.open('{"type": "INIT"}')
    link.acknowledge("s", 1)
    await settle()
    assert len(socket.frames) == 2
    assert asyncio.all_tasks() == before
