"""A second rekuest process beside a platform's own, and a switch in front of both.

The switch takes the place of the service's socket. It sends each new connection to the process that
is chosen, and cuts connections as a broken network does. Nothing in front or behind notices it, but
that a connection is good for one request: the gateway keeps those it may, and what goes by a kept
one passes by the choice. It may still have some from before the switch, so who must be on a certain
process asks whether it is (`Pair.is_at_other`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from platform_handle import Platform
from processes import eventually

from deployment.administration import service_environment
from deployment.config import PostgresSettings
from deployment.home import Home
from deployment.postgres import SUPERUSER, cluster_of
from deployment.tools import python_module
from rekuest_server.adapters.presence import FAMILY

_CHUNK = 64 * 1024
_LIVING = f"""
FROM pg_locks WHERE locktype = 'advisory' AND classid = {FAMILY} AND granted
"""
_DEAFEN = f"SELECT count(pg_terminate_backend(pid)) {_LIVING}"
_PROCESSES = f"SELECT objid {_LIVING}"
#: By which processes the agents of an app were seen last.
_AT = """
SELECT agent.process_id FROM rekuest_agent AS agent
JOIN rekuest_organization AS organization ON organization.id = agent.organization_id
JOIN rekuest_client AS client ON client.id = agent.client_id
JOIN rekuest_release AS release ON release.id = client.release_id
JOIN rekuest_app AS app ON app.id = release.app_id
WHERE agent.connected AND app.identifier = :'app' AND organization.slug = :'slug'
"""


class Switch:
    """Passes connections on to one of two sockets."""

    def __init__(self, front: Path, first: Path, second: Path) -> None:
        self.first, self.second = first, second
        #: Where new connections go.
        self.to = first
        self._open: list[tuple[Path, socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(front))
        self._listener.listen(128)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, path: Path | None = None) -> None:
        """Break the connections to one process, or all."""
        with self._lock:
            for to, *ends in self._open:
                for end in ends if path in (None, to) else ():
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Take no further connections and break those there are."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far, to = socket.socket(socket.AF_UNIX), self.to
            try:
                far.connect(str(to))
            except OSError:
                near.close()
                far.close()
                continue
            threading.Thread(target=self._serve, args=(to, near, far), daemon=True).start()

    def _serve(self, to: Path, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            with self._lock:
                self._open.append((to, near, far))
            back = threading.Thread(target=self._pass_on, args=(far, near), daemon=True)
            back.start()
            with contextlib.suppress(OSError):
                far.sendall(_for_once(_head(near)))
            self._pass_on(near, far)
            back.join()
            with self._lock:
                self._open = [one for one in self._open if one[1] is not near]

    @staticmethod
    def _pass_on(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _head(source: socket.socket) -> bytes:
    """Read to the end of the headers, or of the connection."""
    head = b""
    while b"\r\n\r\n" not in head and (data := source.recv(_CHUNK)):
        head += data
    return head


def _for_once(head: bytes) -> bytes:
    """Ask that the connection is closed after the answer, but for one that becomes a socket."""
    headers = head.partition(b"\r\n\r\n")[0].lower()
    if b"\r\nupgrade:" in headers:
        return head
    return head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)


class Pair:
    """Two processes of rekuest; `one` is the platform's own."""

    def __init__(self, switch: Switch, other: subprocess.Popen[bytes], ident: str, home: Home):
        self._switch = switch
        self._other = other
        #: What the second process is called in the database.
        self._ident = ident
        self._home = home

    def to_one(self) -> None:
        """Let new connections go to the platform's own process."""
        self._switch.to = self._switch.first

    def to_other(self) -> None:
        """Let new connections go to the second process."""
        self._switch.to = self._switch.second

    def cut(self) -> None:
        """Break every connection."""
        self._switch.cut()

    def is_at_other(self, app: str, organization: str) -> bool:
        """Whether an app of an organization is connected to the second process alone."""
        words = f"\\set app {app}\n\\set slug {organization}\n"
        return _asked(self._home, words + _AT, "rekuest").split() == [self._ident]

    def deafen(self) -> int:
        """Break the connections by which the processes hear each other; return how many."""
        return int(_asked(self._home, _DEAFEN))

    def kill_other(self) -> None:
        """End the second process as a power cut would; new connections go to the first."""
        self.to_one()
        self._other.kill()
        self._other.wait()


def _asked(home: Home, statement: str, database: str = SUPERUSER) -> str:
    """What the database answers, in a thread of its own: a browser keeps a loop in this one."""
    cluster = cluster_of(home, PostgresSettings())
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(
            lambda: asyncio.run(cluster.psql(statement, database=database))
        ).result()


@contextlib.contextmanager
def second_process(platform: Platform) -> Iterator[Pair]:
    """Run a second rekuest process on a platform's database for a while."""
    home = Home(Path(platform.deployed.home))
    front = home.socket("rekuest")
    first, second = front.with_name("rekuest-1.sock"), front.with_name("rekuest-2.sock")
    words = [*python_module("chassis.serve"), "rekuest_server", "--uds", str(second)]
    before = {*_asked(home, _PROCESSES).split()}
    with home.log_file("rekuest-2").open("wb") as log:
        other = subprocess.Popen(
            words, env=service_environment(home, os.environ), stdout=log, stderr=log
        )
    switch = None
    try:
        eventually(second.exists, "the socket of the second process")
        (ident,) = eventually(
            lambda: {*_asked(home, _PROCESSES).split()} - before, "the second process to live"
        )
        front.rename(first)
        switch = Switch(front, first, second)
        yield Pair(switch, other, ident, home)
    finally:
        other.kill()
        other.wait()
        if switch is not None:
            switch.close()
            first.rename(front)
