"""The short way of websocket frames, past the messages of ASGI and the parser's state machine.

Whole text frames, which are nearly all there are, are read and written in bulk. All else
(fragments, control frames, what breaks the rules) goes through the `websockets` library, frame by
frame. A server without this protocol serves the same handlers by the messages of ASGI.
"""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any, cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import OPEN

from chassis.waiting import Gate, Inbox

try:
    from websockets.speedups import apply_mask
except ImportError:  # where the library was built without its extension
    from websockets.utils import apply_mask

#: Sends text messages, many at once if the server can; `OSError` if the other side is gone.
Write = Callable[[Sequence[bytes]], Awaitable[None]]

_EXTENSION = "chassis.frames"
_WHOLE_TEXT = 0x81
_MASKED = 0x80
#: A frame that has come in part waits here up to this size; a larger one goes to the library.
_LONGEST_TAIL = 64 * 1024
_WRITE_BYTES = 256 * 1024
_SHORT_HEADS = [bytes((_WHOLE_TEXT, size)) for size in range(126)]


class FrameSocket(WebSocketsSansIOProtocol):
    """uvicorn's websocket with the short way beside its own."""

    #: Whether the handler takes many texts in one message, under the name `texts`.
    takes_batches = False
    _tail = b""
    #: How many bytes of the frame at hand the library still has to get.
    _owed = 0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Most sockets are idle nearly always, and there may be thousands.
        self.queue = cast(Any, Inbox())
        self.writable = cast(Any, Gate())

    def handle_connect(self, event: Request) -> None:
        """Offer the short way to the handler."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions = cast(dict[str, Any], self.scope["extensions"])
            extensions[_EXTENSION] = self

    def settle(self) -> None:
        """Go over to a long life whose signs the handler looks after: hold only what it needs.

        What was said on the upgrade is forgotten, texts come in batches, and no pings are sent.
        """
        self.takes_batches = True
        self.stop_keepalive()
        self.ping_interval = None
        self.request.headers.clear()
        self.response.headers.clear()
        cast(list[Any], self.scope["headers"]).clear()

    def cut(self) -> None:
        """End the connection at once, whatever waits to be written."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take apart what came; hand whole texts on in one go."""
        if not self._is_open():
            data, self._tail = self._tail + data, b""
            super().data_received(data)
            return
        if self._tail:
            data, self._tail = self._tail + data, b""
        at = 0
        if self._owed:
            at = min(self._owed, len(data))
            self._owed -= at
            super().data_received(data[:at])
        texts: list[str] = []
        while at < len(data):
            begin, end = _extent(data, at)
            is_plain = data[at] == _WHOLE_TEXT and not self.frames
            if is_plain and 0 < begin <= end <= len(data) and self._fits(end - begin):
                payload = apply_mask(data[begin:end], data[begin - 4 : begin])
                try:
                    texts.append(payload.decode())
                    at = end
                    continue
                except UnicodeDecodeError:
                    pass  # the library closes for it
            elif end == 0 or (is_plain and len(data) < end <= at + _LONGEST_TAIL):
                self._tail = data[at:]
                break
            self._hand_over(texts)
            texts = []
            part = data[at : max(end, at + 2)]
            at += len(part)
            self._owed = max(end - at, 0)
            super().data_received(part)
            if not self._is_open():
                return
        self._hand_over(texts)

    def _is_open(self) -> bool:
        return self.handshake_complete and not self.close_sent and self.conn.state is OPEN

    def _fits(self, size: int) -> bool:
        return size <= self.config.ws_max_size

    def _hand_over(self, texts: list[str]) -> None:
        if not texts:
            return
        if self.takes_batches:
            message: Any = {"type": "websocket.receive", "texts": texts}
            self.queue.put_nowait(message)
        else:
            for text in texts:
                self.queue.put_nowait({"type": "websocket.receive", "text": text})
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    async def write_texts(self, payloads: Sequence[bytes]) -> None:
        """Send text messages; wait between them while the other side does not read."""
        for part in _parts(payloads):
            await self.writable.wait()
            if self.disconnected or not self._is_open():
                raise ClientDisconnected()
            self.transport.write(part)


def frame_socket(scope: Any) -> FrameSocket | None:
    """Return the protocol of a connection if it offers the short way."""
    found = scope.get("extensions", {}).get(_EXTENSION)
    return found if isinstance(found, FrameSocket) else None


def writer_of(scope: Any, send: Callable[[Any], Awaitable[None]]) -> Write:
    """Return how text messages are sent on a connection: the short way, or one by one."""
    found = frame_socket(scope)
    if found is not None:
        return found.write_texts

    async def one_by_one(payloads: Sequence[bytes]) -> None:
        for payload in payloads:
            await send({"type": "websocket.send", "text": payload.decode()})

    return one_by_one


def _extent(data: bytes, at: int) -> tuple[int, int]:
    """Return where the payload of a frame begins and ends; end 0 if that cannot be told yet.

    A frame without a mask ends before it begins, so that nobody takes it for a good one.
    """
    if len(data) - at < 2:
        return 0, 0
    size, begin = data[at + 1], at + 2
    if size < _MASKED:
        return begin + 1, begin
    size -= _MASKED
    if size == 126:
        size, begin = int.from_bytes(data[begin : begin + 2], "big"), begin + 2
    elif size == 127:
        size, begin = int.from_bytes(data[begin : begin + 8], "big"), begin + 8
    begin += 4
    return (begin, begin + size) if begin <= len(data) else (0, 0)


def _parts(payloads: Iterable[bytes]) -> Iterator[bytes]:
    """Join frames to pieces of a bounded size."""
    pieces: list[bytes] = []
    held = 0
    for payload in payloads:
        pieces += (_head(len(payload)), payload)
        held += len(payload)
        if held >= _WRITE_BYTES:
            yield b"".join(pieces)
            pieces, held = [], 0
    if pieces:
        yield b"".join(pieces)


def _head(size: int) -> bytes:
    if size < 126:
        return _SHORT_HEADS[size]
    if size < 65536:
        return struct.pack("!BBH", _WHOLE_TEXT, 126, size)
    return struct.pack("!BBQ", _WHOLE_TEXT, 127, size)
