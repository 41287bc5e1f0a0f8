"""Memory of an idle platform: the sum of PSS of all its processes, PostgreSQL and jobs included."""

from __future__ import annotations

import time
from collections import defaultdict

import psutil
from figures import figure

from bauhof.testing import deployment

IDLE_SECONDS = 15
MIB = 1024 * 1024


def processes_of(pids: dict[str, int]) -> dict[str, list[psutil.Process]]:
    """Return the processes of each part, and as `supervisor` the parent of them all."""
    parts: dict[str, list[psutil.Process]] = defaultdict(list)
    for name, pid in pids.items():
        process = psutil.Process(pid)
        parts[name] = [process, *process.children(recursive=True)]
    known = {process.pid for part in parts.values() for process in part}
    supervisor = psutil.Process(pids["fakts"]).parent()
    assert supervisor is not None
    rest = [supervisor, *supervisor.children(recursive=True)]
    parts["supervisor"] = [process for process in rest if process.pid not in known]
    return parts


def main() -> bool:
    """Measure."""
    with deployment() as platform:
        time.sleep(IDLE_SECONDS)
        status = platform.status()
        pids = {name: int(part["pid"]) for name, part in status["services"].items()}
        sums = {
            name: sum(process.memory_full_info().pss for process in part) / MIB
            for name, part in processes_of(pids).items()
        }
        count = sum(len(part) for part in processes_of(pids).values())
    for name, value in sorted(sums.items()):
        figure("memory", f"pss_{name}", value, "MiB")
    against = f"{count} processes, idle for {IDLE_SECONDS} s"
    return figure("memory", "pss_sum", sum(sums.values()), "MiB", most=700, against=against)
