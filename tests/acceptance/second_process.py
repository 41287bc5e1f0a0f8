"""A second rekuest process beside a platform's own, and a switch in front of both.

The switch takes the place of the service's socket. It sends each new connection to the process that
is chosen, and cuts connections as a broken network does. Nothing in front or behind notices it.
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
from deployment.postgres import cluster_of
from deployment.tools import python_module
from rekuest_server.adapters.presence import FAMILY

_CHUNK = 64 * 1024
_DEAFEN = f"""
SELECT count(pg_terminate_backend(pid)) FROM pg_locks
WHERE locktype = 'advisory' AND classid = {FAMILY} AND granted
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


class Pair:
    """Two processes of rekuest; `one` is the platform's own."""

    def __init__(self, switch: Switch, other: subprocess.Popen[bytes], home: Home) -> None:
        self._switch = switch
        self._other = other
        self._cluster = cluster_of(home, PostgresSettings())

    def to_one(self) -> None:
        """Let new connections go to the platform's own process."""
        self._switch.to = self._switch.first

    def to_other(self) -> None:
        """Let new connections go to the second process."""
        self._switch.to = self._switch.second

    def cut(self) -> None:
        """Break every connection."""
        self._switch.cut()

    def deafen(self) -> int:
        """Break the connections by which the processes hear each other; return how many."""
        # In a thread of its own: a browser that was started earlier keeps a loop in this one.
        with ThreadPoolExecutor(1) as threads:
            asked = threads.submit(lambda: asyncio.run(self._cluster.psql(_DEAFEN)))
            return int(asked.result())

    def kill_other(self) -> None:
        """End the second process as a power cut would; new connections go to the first."""
        self.to_one()
        self._other.kill()
        self._other.wait()


@contextlib.contextmanager
def second_process(platform: Platform) -> Iterator[Pair]:
    """Run a second rekuest process on a platform's database for a while."""
    home = Home(Path(platform.deployed.home))
    front = home.socket("rekuest")
    first, second = front.with_name("rekuest-1.sock"), front.with_name("rekuest-2.sock")
    words = [*python_module("chassis.serve"), "rekuest_server", "--uds", str(second)]
    with home.log_file("rekuest-2").open("wb") as log:
        other = subprocess.Popen(
            words, env=service_environment(home, os.environ), stdout=log, stderr=log
        )
    switch = None
    try:
        eventually(second.exists, "the socket of the second process")
        front.rename(first)
        switch = Switch(front, first, second)
        yield Pair(switch, other, home)
    finally:
        other.kill()
        other.wait()
        if switch is not None:
            switch.close()
            first.rename(front)
