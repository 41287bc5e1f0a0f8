"""A filtering socket proxy in front of an engine, as a careful admin runs one.

It lets through what the documentation of the deployer lists, and nothing else. One request a
connection: whoever asks again connects again.
"""

from __future__ import annotations

import contextlib
import json
import re
import select
import shutil
import socket
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

_CHUNK = 64 * 1024
_NAME = r"[^/]+"
#: What the deployer needs; the same list stands in docs/howto/run-apps-from-the-store.md.
ALLOWED = (
    "GET /version",
    "GET /info",
    "GET /events",
    "POST /images/create",
    "GET /images/{name}/json",
    "DELETE /images/{name}",
    "GET /containers/json",
    "POST /containers/create",
    "GET /containers/{id}/json",
    "GET /containers/{id}/logs",
    "POST /containers/{id}/start",
    "POST /containers/{id}/stop",
    "DELETE /containers/{id}",
    "GET /networks",
    "POST /networks/create",
    "GET /networks/{id}",
    "POST /networks/{id}/connect",
    "DELETE /networks/{id}",
    "DELETE /volumes/{name}",
)


def _pattern(rule: str) -> re.Pattern[str]:
    # The name of an image has slashes of its own.
    any_name = rule.replace("/images/{name}", "/images/.+")
    return re.compile(re.sub(r"\{\w+\}", _NAME, any_name) + "$")


_PATTERNS = {rule: _pattern(rule) for rule in ALLOWED}


def rule_of(method: str, target: str) -> str | None:
    """Return the rule that lets a request through; None for one that is refused."""
    path = re.sub(r"^/v\d+\.\d+", "", urlsplit(target).path)
    asked = f"{method} {path}"
    return next((rule for rule, pattern in _PATTERNS.items() if pattern.match(asked)), None)


class Filter(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """The proxy; it remembers what was used and what was refused."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, path: Path, engine: Path) -> None:
        super().__init__(str(path), _Passing)
        self.host = f"unix://{path}"
        self.engine = engine
        self.used: set[str] = set()
        self.refused: list[str] = []
        self._open: set[socket.socket] = set()

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection, so that it can be cut."""
        self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget it."""
        self._open.discard(connection)

    def cut(self) -> None:
        """Be gone, as an engine that is stopped: nobody is let in and whoever is in is cut off."""
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Passing(socketserver.StreamRequestHandler):
    server: Filter

    def handle(self) -> None:
        self.server.opened(self.connection)
        try:
            with contextlib.suppress(ConnectionError):
                self._pass_on()
        finally:
            self.server.closed(self.connection)

    def _pass_on(self) -> None:
        first = self.rfile.readline()
        if not first:
            return
        method, target, _ = first.decode().split(" ", 2)
        headers, length = [], 0
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            if name.lower() == "content-length":
                length = int(value)
            if name.lower() != "connection":
                headers.append(line)
        body = self.rfile.read(length)
        rule = rule_of(method, target)
        if rule is None:
            self.server.refused.append(f"{method} {target}")
            self._refuse(method, target)
            return
        self.server.used.add(rule)
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(str(self.server.engine))
            engine.sendall(b"".join((first, *headers, b"Connection: close\r\n\r\n", body)))
            self._answer(engine)

    def _answer(self, engine: socket.socket) -> None:
        """Pass the answer on until either side leaves."""
        while True:
            ready, _, _ = select.select([engine, self.connection], [], [])
            if self.connection in ready:
                return
            chunk = engine.recv(_CHUNK)
            if not chunk:
                return
            self.connection.sendall(chunk)

    def _refuse(self, method: str, target: str) -> None:
        text = json.dumps({"message": f"{method} {target} is not let through"}).encode()
        head = f"HTTP/1.1 403 Forbidden\r\nContent-Length: {len(text)}\r\nConnection: close\r\n"
        self.wfile.write(f"{head}Content-Type: application/json\r\n\r\n".encode() + text)


@contextmanager
def filtered(host: str) -> Iterator[Filter]:
    """Give a proxy in front of an engine's socket, at a path that is nobody's usual one."""
    # A socket's path may be about a hundred bytes long.
    folder = Path(tempfile.mkdtemp(prefix="bauhof-filter-"))
    proxy = Filter(folder / "engine.sock", Path(host.removeprefix("unix://")))
    thread = threading.Thread(target=proxy.serve_forever, name="filter", daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.cut()
        thread.join()
        shutil.rmtree(folder)
