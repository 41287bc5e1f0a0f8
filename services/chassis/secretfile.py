"""Secrets as files: made once, mode 0600, never overwritten."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from chassis.ids import new_secret


def ensure_secret(path: Path, make: Callable[[], str] = new_secret) -> str:
    """Return the secret kept in `path`; make it (mode 0600) when there is none yet.

    Two processes that start at once agree on the same secret: the file is linked into place, and
    the one that comes second reads what the first wrote.
    """
    try:
        return read_secret(path)
    except FileNotFoundError:
        pass
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{new_secret(6)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf8") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return read_secret(path)


def read_secret(path: Path) -> str:
    """Return the content of a secret file without its last line break."""
    return path.read_text(encoding="utf8").rstrip("\n")
