"""Folders of engines the tests start: one run owns one, and what a killed run left is cleared away.

A run has a large folder below the cache (images, containers) and a short one below `/run` (a
socket's path is limited to about a hundred bytes). It holds a lock on a file in the large one for
as long as it lives, which the system takes back however it ends; a folder whose lock is free is a
leftover. Processes are found by the paths in their command lines, so no other engine is touched.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SHORTS = Path("/run")
_PREFIX = "bauhof-engine-"
_GONE_SECONDS = 90.0


@dataclass(frozen=True)
class Run:
    """The two folders of one engine."""

    large: Path
    short: Path

    def end(self) -> None:
        """Kill every process of the engine with all it started, then remove the folders."""
        kill_trees(roots_of(self.large, self.short))
        for folder in (self.large, self.short):
            _unmount(folder)
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def alone(patience: float, lock: Path = SHORTS / "bauhof-engine.lock") -> Iterator[None]:
    """Hold the machine's turn: two engines would write the same firewall rules and bridge."""
    with lock.open("w") as file:
        deadline = time.monotonic() + patience
        while not _take(file):
            if time.monotonic() > deadline:
                raise TimeoutError(f"another run keeps {lock}")
            time.sleep(0.5)
        yield


@contextmanager
def new_run(cache: Path, shorts: Path = SHORTS) -> Iterator[Run]:
    """Give folders of its own, after leftovers are cleared away; removed in the end."""
    clear_leftovers(cache, shorts)
    name = f"{_PREFIX}{uuid.uuid4().hex[:8]}"
    run = Run(_runs(cache) / name, shorts / name)
    run.large.mkdir(parents=True)
    with (run.large / "owner").open("w") as owner:
        fcntl.flock(owner, fcntl.LOCK_EX)
        run.short.mkdir(mode=0o700)
        # By it a run in another checkout finds what belongs to the short folder.
        (run.short / "large").symlink_to(run.large)
        try:
            yield run
        finally:
            run.end()


def clear_leftovers(cache: Path, shorts: Path = SHORTS) -> None:
    """End what runs left that were killed, in this checkout and, by `/run`, in others."""
    larges = {folder for folder in _runs(cache).glob(f"{_PREFIX}*") if folder.is_dir()}
    for short in shorts.glob(f"{_PREFIX}*/large"):
        with contextlib.suppress(OSError):
            larges.add(short.readlink())
    for large in larges:
        if not _is_owned(large):
            Run(large, shorts / large.name).end()


def roots_of(*folders: Path) -> list[int]:
    """Return the processes that name one of the folders in their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if any(_is_within(word, folder) for word in words for folder in folders):
                found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


def kill_trees(roots: list[int]) -> None:
    """Kill processes and all below them; containers are below their shims."""
    deadline = time.monotonic() + _GONE_SECONDS
    while pids := [pid for pid in with_descendants(roots) if _is_alive(pid)]:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise AssertionError(f"processes {pids} of an engine cannot be killed")
        time.sleep(0.1)


def _runs(cache: Path) -> Path:
    return cache / "runs"


def _is_within(word: bytes, folder: Path) -> bool:
    """Tell whether a word of a command line is a path in the folder, also behind `unix://`."""
    path = os.fsencode(folder)
    _, found, rest = word.partition(path)
    return bool(found) and (not rest or rest.startswith(b"/"))


def with_descendants(roots: list[int]) -> set[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # The name in parentheses may hold spaces; state and parent stand behind it.
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting.extend(children.get(pid, []))
    return found


def _is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that waits to be collected by its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _unmount(folder: Path) -> None:
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in sorted(mounts, reverse=True):
        if mount.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", mount], capture_output=True, check=False)


def _take(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_owned(large: Path) -> bool:
    """Tell whether a run that lives works in the folder."""
    try:
        with (large / "owner").open() as owner:
            return not _take(owner)
    except OSError:
        return False
