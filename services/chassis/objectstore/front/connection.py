"""One connection: heads are read by the event loop, bodies and answers by a worker thread.

The socket blocks (with a time limit) only while a worker has it, so large bodies move by
`recv_into` and `sendfile` without a copy through the loop.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
from collections.abc import Callable

from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.head import render

_COPY_BYTES = 256 * 1024
_SENDFILE_BYTES = 4 * 1024 * 1024
#: The disk is asked for this much before the socket wants it.
_AHEAD_BYTES = 4 * 1024 * 1024
#: A refused body is read to its end up to this size, so that the client sees the answer.
DRAIN_BYTES = 8 * 1024 * 1024


class Gone(Exception):
    """The other side closed or stalled; there is nobody to answer."""


class Connection:
    """A socket while a worker has it, with the bytes that came behind the head."""

    def __init__(self, sock: socket.socket, rest: bytes, length: int, *, expects: bool) -> None:
        self._sock = sock
        self._rest = memoryview(rest)
        #: Bytes of the body that were not handed out yet.
        self.left = length
        self._expects = expects
        self.answered = False
        #: Bytes that were sent, of heads and bodies.
        self.sent = 0

    @property
    def surplus(self) -> bytes:
        """What came behind the body: the next request."""
        return bytes(self._rest)

    def readinto(self, view: memoryview) -> int:
        """Fill some of the view with the body; 0 only at its end."""
        count = min(len(view), self.left)
        if not count:
            return 0
        if self._rest:
            count = min(count, len(self._rest))
            view[:count] = self._rest[:count]
            self._rest = self._rest[count:]
        else:
            count = self._receive(view[:count])
        self.left -= count
        return count

    def readline(self, limit: int) -> bytes:
        """Return a line of the body without its CRLF."""
        while (end := bytes(self._rest[: self.left]).find(b"\r\n")) < 0:
            room = min(limit, self.left) - len(self._rest)
            if room <= 0:
                raise Fault("InvalidRequest", "A line of the body does not end.")
            more = bytearray(room)
            count = self._receive(memoryview(more))
            self._rest = memoryview(bytes(self._rest) + more[:count])
        line = bytes(self._rest[:end])
        self._rest = self._rest[end + 2 :]
        self.left -= end + 2
        return line

    def _receive(self, view: memoryview) -> int:
        if self._expects:
            self._expects = False
            self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            count = self._sock.recv_into(view)
        except TimeoutError:
            raise Fault("RequestTimeout") from None
        except OSError:
            raise Gone from None
        if not count:
            raise Gone
        return count

    def drain(self) -> bool:
        """Read what is left of a refused body; tell whether the connection can go on."""
        if self._expects and self.left:
            return False
        if self.left > DRAIN_BYTES:
            return False
        view = memoryview(bytearray(min(self.left, _COPY_BYTES)))
        with contextlib.suppress(Fault):
            while self.readinto(view):
                pass
        return not self.left

    def answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        """Send a whole answer."""
        self.answered = True
        self._send(render(status, headers) + body)

    def answer_file(
        self, status: int, headers: dict[str, str], descriptor: int, start: int, length: int
    ) -> None:
        """Send an answer whose body is a stretch of a file."""
        if length <= _COPY_BYTES:
            data = os.pread(descriptor, length, start)
            if len(data) != length:
                raise Gone
            self.answer(status, headers, data)
            return
        self.answered = True
        self._send(render(status, headers), socket.MSG_MORE)
        end = ahead = start + length
        with contextlib.suppress(OSError, AttributeError):
            os.posix_fadvise(descriptor, start, length, os.POSIX_FADV_SEQUENTIAL)
            ahead = start
        while start < end:
            if start >= ahead:
                ahead = start + _AHEAD_BYTES
                os.posix_fadvise(descriptor, ahead, _AHEAD_BYTES, os.POSIX_FADV_WILLNEED)
            start += self._send_file(descriptor, start, min(end - start, _SENDFILE_BYTES))

    def answer_stream(
        self,
        status: int,
        headers: dict[str, str],
        readinto: Callable[[memoryview], int],
        length: int,
    ) -> None:
        """Send an answer whose body comes from elsewhere, piece by piece."""
        self.answered = True
        self._send(render(status, headers), socket.MSG_MORE if length else 0)
        view = memoryview(bytearray(min(length, _COPY_BYTES)))
        while length:
            count = readinto(view[: min(length, _COPY_BYTES)])
            if not count:
                raise Gone
            self._send(view[:count])
            length -= count

    def _send_file(self, descriptor: int, start: int, length: int) -> int:
        while True:
            try:
                count = os.sendfile(self._sock.fileno(), descriptor, start, length)
            except BlockingIOError:
                self._wait_writable()
                continue
            except OSError:
                raise Gone from None
            if not count:
                raise Gone
            self.sent += count
            return count

    def _wait_writable(self) -> None:
        poll = select.poll()
        poll.register(self._sock, select.POLLOUT)
        timeout = self._sock.gettimeout()
        if not poll.poll(None if timeout is None else timeout * 1000):
            raise Gone

    def _send(self, data: bytes | memoryview, flags: int = 0) -> None:
        try:
            self._sock.sendall(data, flags)
        except OSError:
            raise Gone from None
        self.sent += len(data)

    def linger(self) -> None:
        """Close so that an answer sent before the body was read is not lost on the way."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
            self._sock.settimeout(1)
            for _ in range(64):
                if not self._sock.recv(_COPY_BYTES):
                    break


class Nothing:
    """The content of an answer that has none."""

    def send(self, connection: Connection, status: int, headers: dict[str, str]) -> None:
        """Send the head alone."""
        connection.answer(status, headers)

    def close(self) -> None:
        """Nothing is open."""
