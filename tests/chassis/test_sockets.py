"""The short way of websocket frames: the same to both sides as the library's own way."""

from __future__ import annotations

import asyncio
import os
import struct
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from chassis.sockets import FrameSocket, frame_socket, writer_of

MOST = 100_000
UPGRADE = (
    b"GET /a HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
TEXT, BINARY, CLOSE, PING, PONG, CONT = 1, 2, 8, 9, 10, 0


def frame(payload: bytes, opcode: int = TEXT, *, fin: bool = True, masked: bool = True) -> bytes:
    """Return a frame as a client sends it."""
    flag, first = 0x80 if masked else 0, opcode | (0x80 if fin else 0)
    if len(payload) < 126:
        head = struct.pack("!BB", first, flag | len(payload))
    elif len(payload) < 65536:
        head = struct.pack("!BBH", first, flag | 126, len(payload))
    else:
        head = struct.pack("!BBQ", first, flag | 127, len(payload))
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))


class Transport(asyncio.Transport):
    """Takes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_over = False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.is_over = True

    def is_closing(self) -> bool:
        return self.is_over

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def abort(self) -> None:
        self.is_over = True


class Exchange:
    """A connection served by a protocol, its application and its transport in hand."""

    def __init__(self, kind: type[WebSocketsSansIOProtocol], *, batches: bool = False) -> None:
        async def application(scope: Any, receive: Any, send: Any) -> None:
            self.scope, self.receive, self.send = scope, receive, send
            self.is_up.set()
            await self.done.wait()

        self.is_up, self.done = asyncio.Event(), asyncio.Event()
        config = Config(
            application, ws=kind, ws_max_size=MOST, ws_per_message_deflate=False, log_config=None
        )
        config.load()
        self.transport = Transport()
        self.protocol = kind(config, ServerState(), {}, asyncio.get_running_loop())
        self._batches = batches

    async def __aenter__(self) -> Exchange:
        self.protocol.connection_made(self.transport)
        self.protocol.data_received(UPGRADE)
        await self.is_up.wait()
        await self.receive()
        await self.send({"type": "websocket.accept"})
        if isinstance(self.protocol, FrameSocket):
            self.protocol.takes_batches = self._batches
        self.transport.written.clear()
        return self

    async def __aexit__(self, *what: object) -> None:
        self.done.set()
        self.protocol.connection_lost(None)
        await asyncio.gather(*self.protocol.tasks)

    def feed(self, data: bytes, cuts: list[int]) -> None:
        """Let the bytes arrive in pieces; nothing arrives at a transport that is closed."""
        places = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
        for start, stop in pairwise(places):
            if not self.transport.is_over and start < stop:
                self.protocol.data_received(data[start:stop])

    def heard(self) -> list[dict[str, Any]]:
        """Return what the application gets, each text by itself."""
        messages: list[dict[str, Any]] = []
        while not self.protocol.queue.empty():
            message: dict[str, Any] = dict(self.protocol.queue.get_nowait())
            texts = message.pop("texts", None)
            if texts is None:
                messages.append(message)
            else:
                messages += [{"type": "websocket.receive", "text": text} for text in texts]
        return messages


GOOD = [
    frame(b"short"),
    frame(b"x" * 125),
    frame(b"y" * 126),
    frame(b"z" * 70_000),
    frame(b""),
    frame("grüße".encode()),
    frame(b"\x00\xff", BINARY),
    frame(b"ask", PING),
    frame(b"", PONG),
    frame(b"first ", fin=False) + frame(b"ask", PING) + frame(b"rest", CONT),
]
BAD = [
    frame(b"\xff\xfe"),
    frame(b"plain", masked=False),
    frame(b"v" * (MOST + 1)),
    frame(b"lost", CONT),
    frame(b"open", fin=False) + frame(b"another"),
    frame(struct.pack("!H", 1000) + b"bye", CLOSE),
    b"\xf1\x80aaaa",
    b"\x83\x80aaaa",
]


@given(
    st.lists(st.sampled_from(GOOD), max_size=8),
    st.sampled_from([*BAD, b""]),
    st.lists(st.integers(0, 400_000), max_size=8),
    st.booleans(),
)
def test_however_bytes_arrive_both_ways_say_the_same(
    good: list[bytes], bad: bytes, cuts: list[int], batches: bool
) -> None:
    data = b"".join([*good, bad])
    # The library forgets what came in one piece with a frame that breaks the rules: one by one.
    ends = list(accumulate(len(part) for part in good))

    async def outcome(kind: type[WebSocketsSansIOProtocol], cuts: list[int]) -> tuple[Any, ...]:
        async with Exchange(kind, batches=batches) as exchange:
            exchange.feed(data, cuts)
            written = b"".join(exchange.transport.written)
            return exchange.heard(), written, exchange.transport.is_over

    short = asyncio.run(outcome(FrameSocket, cuts))
    assert short == asyncio.run(outcome(WebSocketsSansIOProtocol, ends))


@given(st.lists(st.text(max_size=300) | st.just("w" * 70_000), max_size=6))
def test_what_is_written_is_what_the_library_writes(texts: list[str]) -> None:
    async def written(kind: type[WebSocketsSansIOProtocol]) -> bytes:
        async with Exchange(kind) as exchange:
            await writer_of(exchange.scope, exchange.send)([text.encode() for text in texts])
            return b"".join(exchange.transport.written)

    assert asyncio.run(written(FrameSocket)) == asyncio.run(written(WebSocketsSansIOProtocol))


async def test_many_texts_are_one_message_and_one_write() -> None:
    async with Exchange(FrameSocket, batches=True) as exchange:
        exchange.feed(b"".join(frame(b"%d" % n) for n in range(50)), [])
        assert exchange.protocol.queue.qsize() == 1
        assert [message["text"] for message in exchange.heard()] == [str(n) for n in range(50)]
        await writer_of(exchange.scope, exchange.send)([b"a", b"b", b"c"])
        assert exchange.transport.written == [b"\x81\x01a\x81\x01b\x81\x01c"]


async def test_reading_stops_until_the_handler_has_taken_what_came() -> None:
    async with Exchange(FrameSocket, batches=True) as exchange:
        exchange.feed(frame(b"a"), [])
        assert exchange.transport.is_paused
        await exchange.receive()
        assert not exchange.transport.is_paused


async def test_writing_waits_for_a_side_that_does_not_read() -> None:
    async with Exchange(FrameSocket) as exchange:
        exchange.protocol.pause_writing()
        writing = asyncio.create_task(writer_of(exchange.scope, exchange.send)([b"late"]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert exchange.transport.written == []
        exchange.protocol.resume_writing()
        await writing
        assert exchange.transport.written == [b"\x81\x04late"]


async def test_much_is_written_in_pieces() -> None:
    async with Exchange(FrameSocket) as exchange:
        await writer_of(exchange.scope, exchange.send)([b"x" * 100_000] * 6)
        assert [len(part) for part in exchange.transport.written] == [300_030, 300_030]


@pytest.mark.parametrize("how", ["closed by us", "closed by them", "broken"])
async def test_writing_to_a_connection_that_is_over_is_an_error(how: str) -> None:
    async with Exchange(FrameSocket) as exchange:
        write = writer_of(exchange.scope, exchange.send)
        if how == "closed by us":
            await exchange.send({"type": "websocket.close", "code": 4000})
        elif how == "closed by them":
            exchange.feed(frame(struct.pack("!H", 1000), CLOSE), [])
        else:
            exchange.protocol.disconnected = True
        exchange.transport.written.clear()
        with pytest.raises(OSError):
            await write([b"too late"])
        assert exchange.transport.written == []


async def test_a_server_without_the_short_way_is_served_one_by_one() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    assert frame_socket({"type": "websocket"}) is None
    await writer_of({"type": "websocket"}, send)([b"a", "ü".encode()])
    assert sent == [
        {"type": "websocket.send", "text": "a"},
        {"type": "websocket.send", "text": "ü"},
    ]


async def test_a_settled_socket_holds_nothing_of_its_upgrade_and_pings_nobody() -> None:
    async with Exchange(FrameSocket) as exchange:
        assert exchange.protocol.ping_timer is not None
        exchange.protocol.settle()
        assert exchange.protocol.ping_timer is None
        assert exchange.scope["headers"] == []
        assert not exchange.protocol.request.headers
        assert not exchange.protocol.response.headers
        exchange.feed(frame(b"ask", PING) + frame(b"late", PONG) + frame(b"a") + frame(b"b"), [])
        assert [message["text"] for message in exchange.heard()] == ["a", "b"]
        assert b"".join(exchange.transport.written) == b"\x8a\x03ask"


async def test_a_connection_that_is_cut_ends_who_waits_to_write() -> None:
    async with Exchange(FrameSocket) as exchange:
        exchange.protocol.pause_writing()
        writing = asyncio.create_task(writer_of(exchange.scope, exchange.send)([b"late"]))
        await asyncio.sleep(0)
        exchange.protocol.cut()
        assert exchange.transport.is_over
        exchange.protocol.connection_lost(ConnectionResetError())
        with pytest.raises(OSError):
            await writing
        exchange.protocol.connections.add(exchange.protocol)
