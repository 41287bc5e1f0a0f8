"""One command for several services: a child per package, for one process holds one Django."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_TURN_SECONDS = 0.5


def run_each(
    module: str,
    packages: Sequence[str],
    options: Sequence[str] = (),
    *,
    alive: Path | None = None,
    start: Callable[[list[str]], subprocess.Popen[bytes]] = subprocess.Popen,
) -> int:
    """Run `module PACKAGE options` for every package at once; return the first exit code but 0.

    One that fails ends the others. With `alive` each is told `--ready FILE`, which it makes when it
    does its work; while all live that have said so, the file `alive` is touched.
    """
    ready = [alive.with_name(f"{alive.name}-{name}") for name in packages] if alive else []
    for file in ready:
        file.unlink(missing_ok=True)
    told = [["--ready", str(file)] for file in ready] or [[] for _ in packages]
    children = [
        start([sys.executable, "-P", "-m", module, name, *options, *words])
        for name, words in zip(packages, told, strict=True)
    ]
    asked: list[int] = []

    def ask_to_end(number: int, _: object) -> None:
        asked.append(number)
        _end(children)

    before = {
        number: signal.signal(number, ask_to_end) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        code = _watch(children, alive, ready)
    finally:
        _end(children)
        for child in children:
            child.wait()
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0 if asked else code


def _watch(
    children: Sequence[subprocess.Popen[bytes]], alive: Path | None, ready: Sequence[Path]
) -> int:
    """Wait until all have ended well, or one has not."""
    while True:
        codes = [child.poll() for child in children]
        failed = next((code for code in codes if code), None)
        if failed is not None:
            return failed
        if None not in codes:
            return 0
        if alive is not None and all(file.exists() for file in ready):
            alive.touch()
        time.sleep(_TURN_SECONDS)


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
