"""Helpers of the suite: children that are stand-ins, and waiting for something to happen."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from deployment.child import ChildSpec, Timing
from deployment.probe import http_probe
from deployment.supervisor import Patience, Stage, Supervisor

STAND_IN = Path(__file__).resolve().with_name("stand_in.py")
QUICK = Timing(stop_seconds=1.0, restart_first_seconds=0.05, restart_most_seconds=0.2)


def spec(folder: Path, name: str, *words: str, **changes) -> ChildSpec:
    """A child that is a stand-in, with its socket, diary and log in `folder`."""
    socket = folder / f"{name}.sock"
    command = [sys.executable, "-I", "-S", str(STAND_IN), name, "--uds", str(socket)]
    command += ["--diary", str(folder / "diary"), "--ill", str(folder / f"{name}.ill"), *words]
    values = {
        "name": name,
        "command": command,
        "restart_command": [*command, "--again"],
        "probe": http_probe(path="/ht", socket=socket),
        "log": folder / f"{name}.log",
        "env": {"PATH": os.defpath},
    }
    return ChildSpec(**{**values, **changes})


def supervisor(*stages: Stage, events: list | None = None, **changes) -> Supervisor:
    """A supervisor that is quick and writes its events into a list."""
    patience = Patience(**{"timing": QUICK, "start_seconds": 20.0, **changes})
    heard = events if events is not None else []
    return Supervisor(stages, patience=patience, emit=heard.append)


def diary(folder: Path) -> list[str]:
    """What the stand-ins noted, in order."""
    file = folder / "diary"
    return file.read_text().splitlines() if file.exists() else []


async def until(what: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait until `what()` is true; fail when it never is."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"did not happen within {seconds} s"
        await asyncio.sleep(0.02)


def until_now(what: Callable[[], object], seconds: float = 15.0) -> None:
    """The same outside of an event loop."""
    asyncio.run(until(what, seconds))


def alive(pid: int) -> bool:
    """Whether a process lives; one that has ended but was not waited for does not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
