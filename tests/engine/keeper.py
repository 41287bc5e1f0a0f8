"""One engine for suites that run at the same time: a process keeps it, they all use it.

Two engines on a machine would write the same firewall rules, and one suite after the other takes
the sum of their times. `Keeper` is the side of whoever runs the suites, `joined` that of a suite,
which finds the engine by `VARIABLE`. Users hold a shared lock; restarting the engine waits until
nobody else holds it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

#: The short folder of the engine that is shared.
VARIABLE = "BAUHOF_TEST_ENGINE"
_PROGRAM = Path(__file__).with_name("daemon.py")
_USERS = "users.lock"
_KEEPER = "keeper.pid"
_TURN_SECONDS = 780.0
_RESTART_SECONDS = 300.0
_END_SECONDS = 180.0
_AGAIN = signal.SIGHUP
_ENOUGH = (signal.SIGTERM, signal.SIGINT)


class Keeper:
    """A process that starts an engine and keeps it until it is told to end, or we are gone."""

    def __init__(self, program: Path = _PROGRAM) -> None:
        words = [sys.executable, str(program), "--share"]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._told: dict[str, str] | None = None
        self._asking = threading.Lock()

    def variables(self) -> dict[str, str]:
        """Return by which variables it is found, none if it cannot be started; waits for it."""
        with self._asking:
            if self._told is None:
                assert self._process.stdout is not None
                words = self._process.stdout.readline().split()[1:]
                self._told = dict(word.split("=", 1) for word in words)
            return self._told

    def end(self) -> None:
        """Stop the engine and wait until it is gone."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def keep(short: Path, restart: Callable[[], None], told: Callable[[], None]) -> None:
    """Keep an engine that runs: start it again on SIGHUP, return when the input ends."""
    heard: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in (_AGAIN, *_ENOUGH):
        signal.signal(number, lambda number, _: heard.put(number))
    (short / _KEEPER).write_text(str(os.getpid()))
    threading.Thread(target=_await_end, args=(heard,), daemon=True).start()
    told()
    while heard.get() == _AGAIN:
        restart()


def _await_end(heard: queue.SimpleQueue[int]) -> None:
    """A run that was killed closes the input as one that ended does."""
    sys.stdin.read()
    heard.put(signal.SIGTERM)


@contextmanager
def joined(short: Path, answers: Callable[[], bool]) -> Iterator[Callable[[], None]]:
    """Be one of the users of a shared engine; gives what starts it anew, once alone with it."""
    with (short / _USERS).open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)

        def restart() -> None:
            with _alone(users):
                _restart(short, answers)

        yield restart


@contextmanager
def _alone(users: IO[str]) -> Iterator[None]:
    """Wait until nobody else uses the engine; who comes meanwhile waits for us."""
    deadline = time.monotonic() + _TURN_SECONDS
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        if time.monotonic() > deadline:
            raise TimeoutError("the engine is used by others and cannot be started anew")
        time.sleep(0.5)
    try:
        yield
    finally:
        fcntl.flock(users, fcntl.LOCK_SH)


def _restart(short: Path, answers: Callable[[], bool]) -> None:
    before = _pid(short / "docker.pid")
    os.kill(_pid(short / _KEEPER), _AGAIN)
    deadline = time.monotonic() + _RESTART_SECONDS
    while _pid(short / "docker.pid") in (0, before) or not answers():
        if time.monotonic() > deadline:
            raise TimeoutError("the engine does not come back")
        time.sleep(0.2)


def _pid(file: Path) -> int:
    """Return the process a file names, 0 while there is none."""
    with contextlib.suppress(OSError, ValueError):
        return int(file.read_text())
    return 0
