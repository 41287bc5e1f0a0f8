"""The released client, unmodified, against the broker and against one that keeps nothing.

An agent and a caller, each a process of the released client, once through the broker and once
through the stand-in (`standin.py`), turn by turn, behind gateways of the same kind: what is lost to
what the broker writes down is the ratio. `CLIENT_BENCH_TASKS` and `CLIENT_BENCH_YIELDS` for less.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from broker import Broker, broker
from figures import figure

sys.path.append(str(Path(__file__).parents[1] / "acceptance"))

from platform_handle import clients_python
from processes import Program, eventually, private_environment

from deployment.home import Home

BENCH = "rekuest_client"
HERE = Path(__file__).parent
ROUNDS = 3
LEAST = 0.8
TASKS = int(os.environ.get("CLIENT_BENCH_TASKS", "300"))
YIELDS = int(os.environ.get("CLIENT_BENCH_YIELDS", "5000"))
_AGENT = "SELECT id, 'agent' FROM rekuest_agent ORDER BY id DESC LIMIT 1"


def start(service: Broker, folder: Path, role: str, **variables: str) -> Program:
    """Start the program in a role."""
    environment = private_environment(
        folder,
        FAKTS_URL=service.platform.url,
        FAKTS_MANDATE_KEY=service.platform.key(),
        APP=f"org.example.speed-{role}",
        **variables,
    )
    command = [str(clients_python()), str(HERE / "client_program.py"), role]
    return Program(command, home=folder, environment=environment)


def end(program: Program) -> None:
    """End a program and everything of it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(program.pid).terminate()
    program.process.wait(30)


def measured(service: Broker, folder: Path, agent_id: str) -> dict[str, float]:
    """Run a caller; return what it measured."""
    caller = start(service, folder, "caller", AGENT=agent_id, TASKS=str(TASKS), YIELDS=str(YIELDS))
    try:
        return {
            what: float(caller.wait(what=what, timeout=300)["rate"]) for what in ("tasks", "events")
        }
    finally:
        end(caller)


@contextlib.contextmanager
def stand_in(service: Broker) -> Iterator[None]:
    """Put the stand-in where the gateway looks for the broker."""
    listen = Home(Path(service.platform.home)).socket("rekuest")
    real = listen.with_name("real.sock")
    listen.rename(real)
    program = subprocess.Popen([sys.executable, HERE / "standin.py", listen, real])
    try:
        eventually(listen.exists, "the stand-in listens")
        yield
    finally:
        program.terminate()
        program.wait(30)
        real.rename(listen)


def agent_of(service: Broker) -> str:
    """Return the id the broker knows its agent by."""
    import asyncio

    rows = asyncio.run(service.rows(_AGENT))
    return rows[0][0]


def report(measurements: dict[str, list[dict[str, float]]]) -> bool:
    """Print all figures."""
    met = []
    for what, unit, how in (
        ("tasks", "tasks/s", f"{TASKS} small tasks of one agent, one after the other"),
        ("events", "events/s", f"one task with {YIELDS} yields"),
    ):
        rates = {
            side: median(taken[what] for taken in rounds) for side, rounds in measurements.items()
        }
        note = f"released client, {how}, median of {ROUNDS} turns"
        figure(BENCH, f"{what}_per_second", rates["broker"], unit, against=note)
        figure(BENCH, f"{what}_per_second_in_memory", rates["stand-in"], unit, against=note)
        ratio = rates["broker"] / rates["stand-in"]
        met.append(figure(BENCH, f"{what}_ratio", ratio, "times", least=LEAST, against=note))
    return all(met)


def measure(real: Broker, other: Broker, folder: Path) -> dict[str, list[dict[str, float]]]:
    """Measure both, turn by turn."""
    taken: dict[str, list[dict[str, float]]] = {"broker": [], "stand-in": []}
    agents: list[Program] = []
    try:
        with stand_in(other):
            for name, service in (("broker", real), ("stand-in", other)):
                agents.append(start(service, folder / f"agent-{name}", "agent"))
                agents[-1].wait(what="connection", state="registered", timeout=120)
            ids: dict[str, Any] = {"broker": agent_of(real), "stand-in": "1"}
            for turn in range(ROUNDS):
                for name, service in (("broker", real), ("stand-in", other)):
                    place = folder / f"caller-{name}-{turn}"
                    taken[name].append(measured(service, place, ids[name]))
    finally:
        for program in agents:
            end(program)
    return taken


def main() -> bool:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder, broker() as real, broker() as other:
        return report(measure(real, other, Path(folder)))
