"""One log per child: opened for appending, rotated by size, read back and followed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_BLOCK = 64 * 1024


def open_log(path: Path) -> IO[bytes]:
    """Open a log so that every write lands at its end, also after a rotation."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    return os.fdopen(descriptor, "ab", buffering=0)


def rotate(path: Path, *, most_bytes: int, keep: int) -> bool:
    """Copy a log that has grown too large aside and empty it; the writer keeps its file."""
    try:
        if path.stat().st_size < most_bytes:
            return False
    except FileNotFoundError:
        return False
    for number in range(keep, 1, -1):
        older = _numbered(path, number - 1)
        if older.exists():
            older.replace(_numbered(path, number))
    if keep > 0:
        shutil.copyfile(path, _numbered(path, 1))
        _numbered(path, 1).chmod(0o600)
    os.truncate(path, 0)
    return True


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def tail(path: Path, lines: int) -> list[str]:
    """Return the last lines of a log, few or none when it is short or absent."""
    try:
        with path.open("rb") as file:
            position = file.seek(0, os.SEEK_END)
            data = b""
            while position > 0 and data.count(b"\n") <= lines:
                step = min(_BLOCK, position)
                position = file.seek(position - step)
                data = file.read(step) + data
    except FileNotFoundError:
        return []
    text = data.decode(errors="replace").splitlines()
    return text[-lines:] if lines > 0 else []


class Follower:
    """Reads what is added to a log, from its present end on; survives rotation."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._position = path.stat().st_size if path.exists() else 0
        self._rest = b""

    def new_lines(self) -> Iterator[str]:
        """Yield the complete lines that were added since the last call."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            return
        if size < self._position:
            self._position = 0
        if size == self._position:
            return
        with self.path.open("rb") as file:
            file.seek(self._position)
            data = self._rest + file.read(size - self._position)
        self._position = size
        *whole, self._rest = data.split(b"\n")
        for line in whole:
            yield line.decode(errors="replace")
