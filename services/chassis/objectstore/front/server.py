"""Sockets of the front: an event loop for silent connections, threads for requests in flight."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
from concurrent.futures import ThreadPoolExecutor

from chassis.objectstore.config import FrontConfig
from chassis.objectstore.front import head as heads
from chassis.objectstore.front import xml
from chassis.objectstore.front.connection import Connection, Gone
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.service import Front

_HEAD_END = b"\r\n\r\n"
#: Holds the head and the body of a usual chunk.
_READ_BYTES = 128 * 1024
#: A worker waits this long for the next request of a client before it leaves it to the loop.
_STAY_MILLISECONDS = 20
_SHUTDOWN_SECONDS = 8


class Server:
    """Accepts connections until it is stopped."""

    def __init__(self, front: Front, config: FrontConfig) -> None:
        self._front = front
        self._config = config
        self._pool = ThreadPoolExecutor(config.workers, thread_name_prefix="front")
        self._idle: set[asyncio.Task[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._stopping = False

    async def serve(self, listener: socket.socket, stop: asyncio.Event) -> None:
        """Serve a listening socket; return when `stop` is set and requests in flight are done."""
        accepting = asyncio.create_task(self._accept(listener))
        await stop.wait()
        self._stopping = True
        accepting.cancel()
        for task in self._idle:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_SHUTDOWN_SECONDS)
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, _ = await loop.sock_accept(listener)
            except OSError:
                await asyncio.sleep(0.1)  # out of descriptors: those in use will come back
                continue
            if len(self._tasks) >= self._config.connections:
                sock.close()
                continue
            task = loop.create_task(self._converse(sock))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _converse(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        rest = b""
        with contextlib.closing(sock), contextlib.suppress(Gone, TimeoutError, OSError):
            if sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while not self._stopping:
                data, rest = await self._read_head(sock, rest)
                if not data:
                    return
                self._busy += 1
                try:
                    work = loop.run_in_executor(self._pool, self._work, sock, data, rest)
                    again, rest = await work
                finally:
                    self._busy -= 1
                if not again:
                    return

    async def _read_head(self, sock: socket.socket, data: bytes) -> tuple[bytes, bytes]:
        """Return a head and what came behind it; an empty head when the other side is done."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        self._idle.add(task)
        try:
            async with asyncio.timeout(self._config.idle_seconds):
                while (end := data.find(_HEAD_END)) < 0:
                    if len(data) > heads.HEAD_BYTES:
                        return data, b""
                    more = await loop.sock_recv(sock, _READ_BYTES)
                    if not more:
                        return b"", b""
                    data += more
        finally:
            self._idle.discard(task)
        return data[: end + len(_HEAD_END)], data[end + len(_HEAD_END) :]

    def _work(self, sock: socket.socket, data: bytes, rest: bytes) -> tuple[bool, bytes]:
        """Carry out a request, and those that follow at once, in a worker thread."""
        sock.settimeout(self._config.stall_seconds)
        try:
            again, rest = self._carry_out(sock, data, rest)
            while again:
                data, rest = self._following(sock, rest)
                if not data:
                    break
                again, rest = self._carry_out(sock, data, rest)
            return again, rest
        finally:
            sock.settimeout(0)

    def _following(self, sock: socket.socket, rest: bytes) -> tuple[bytes, bytes]:
        """Return the next head, empty unless it comes whole and at once, and what is behind it.

        Who writes many small objects has the next one ready: staying with a client spares the way
        through the event loop and back. Not when the workers are needed elsewhere.
        """
        if not rest:
            if self._stopping or self._busy * 2 > self._config.workers:
                return b"", b""
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            if not poll.poll(_STAY_MILLISECONDS):
                return b"", b""
            rest = sock.recv(_READ_BYTES)
            if not rest:
                raise Gone
        end = rest.find(_HEAD_END)
        if end < 0:
            return b"", rest
        end += len(_HEAD_END)
        return rest[:end], rest[end:]

    def _carry_out(self, sock: socket.socket, data: bytes, rest: bytes) -> tuple[bool, bytes]:
        try:
            if len(data) > heads.HEAD_BYTES:
                raise Fault("RequestHeaderSectionTooLarge")
            head = heads.parse(data.removesuffix(_HEAD_END))
        except Fault as fault:
            connection = Connection(sock, b"", 0, expects=False)
            _refuse(connection, fault)
            connection.linger()
            return False, b""
        expects = head.headers.get("expect", "").lower() == "100-continue"
        connection = Connection(sock, rest, head.length, expects=expects)
        again = self._front.answer(head, connection)
        if not again and connection.left:
            connection.linger()
        return again, connection.surplus


def _refuse(connection: Connection, fault: Fault) -> None:
    body = xml.error(fault.code, fault.message, "", "")
    headers = {"content-type": "application/xml", "content-length": str(len(body))}
    connection.answer(fault.status, {**headers, "connection": "close"}, body)
