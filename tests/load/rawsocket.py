"""A small websocket client for loads: it must cost less than the server it measures."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections import deque
from types import TracebackType
from typing import cast

from rawhttp import Where

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
#: A mask of zeros leaves the payload as it is; the protocol asks for a mask, not for which.
_MASK = b"\0\0\0\0"


class SocketEnded(Exception):
    """The server closed the connection, with this code, or it broke (1006)."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"closed with {code}")


def frame(opcode: int, payload: bytes) -> bytes:
    """Return a whole client frame."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
    return head + _MASK + payload


class RawSocket(asyncio.Protocol):
    """One websocket; use as an async context manager. Control frames are answered by itself."""

    def __init__(self, where: Where, path: str, *, subprotocol: str = "", offer: str = "") -> None:
        self._where = where
        self._path = path
        self._subprotocol = subprotocol
        self._offer = offer
        self._buffer = bytearray()
        self._messages: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._is_open = False
        self._ended: SocketEnded | None = None
        self._transport: asyncio.Transport
        #: The head of the server's answer.
        self.head = b""
        #: Bytes received.
        self.received = 0

    async def __aenter__(self) -> RawSocket:
        loop = asyncio.get_running_loop()
        if self._where.socket is not None:
            await loop.create_unix_connection(lambda: self, str(self._where.socket))
        else:
            host, _, port = self._where.host.partition(":")
            await loop.create_connection(lambda: self, host, int(port))
        lines = [
            f"GET {self._path} HTTP/1.1",
            f"Host: {self._where.host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        ]
        if self._subprotocol:
            lines.append(f"Sec-WebSocket-Protocol: {self._subprotocol}")
        if self._offer:
            lines.append(f"Sec-WebSocket-Extensions: {self._offer}")
        self._transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        while not self._is_open:
            await self._waited()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.abort()

    def abort(self) -> None:
        """Break the connection."""
        self._transport.abort()

    def send(self, payload: bytes) -> None:
        """Send a text message."""
        self._transport.write(frame(_TEXT, payload))

    def send_all(self, payloads: list[bytes]) -> None:
        """Send text messages in one write."""
        self._transport.write(b"".join([frame(_TEXT, payload) for payload in payloads]))

    async def receive(self) -> bytes:
        """Return the next message; raise `SocketEnded` at the end."""
        while not self._messages:
            await self._waited()
        return self._messages.popleft()

    async def _waited(self) -> None:
        if self._ended is not None:
            raise self._ended
        self._wake.clear()
        await self._wake.wait()

    # what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Note the end."""
        self._ended = self._ended or SocketEnded(1006)
        self._wake.set()

    def data_received(self, data: bytes) -> None:
        """Take what came apart into messages."""
        self._buffer += data
        self.received += len(data)
        if not self._is_open:
            head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not found:
                return
            self.head, self._buffer = head, bytearray(rest)
            if b" 101 " not in head.split(b"\r\n")[0]:
                self._ended = SocketEnded(int(head.split(b" ", 2)[1]))
            self._is_open = True
        self._take_frames()
        self._wake.set()

    def _take_frames(self) -> None:
        buffer, start = self._buffer, 0
        while len(buffer) - start >= 2:
            opcode, size, begin = buffer[start] & 15, buffer[start + 1], start + 2
            if size == 126:
                size, begin = int.from_bytes(buffer[begin : begin + 2], "big"), begin + 2
            elif size == 127:
                size, begin = int.from_bytes(buffer[begin : begin + 8], "big"), begin + 8
            if len(buffer) < begin + size:
                break
            payload = bytes(buffer[begin : begin + size])
            start = begin + size
            if opcode == _TEXT:
                self._messages.append(payload)
            elif opcode == _PING:
                self._transport.write(frame(_PONG, payload))
            elif opcode == _CLOSE:
                self._ended = SocketEnded(int.from_bytes(payload[:2], "big") or 1005)
        del buffer[:start]
