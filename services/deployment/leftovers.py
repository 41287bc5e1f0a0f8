"""Cleans up after a supervisor that was killed: children it noted and that still live."""

from __future__ import annotations

import contextlib
import json
import signal
from pathlib import Path

import psutil

from deployment.home import Home, read_json, write_private

#: How far two readings of a process's start time may differ.
_SAME_START_SECONDS = 2.0


def note_children(home: Home, pids: dict[str, int]) -> None:
    """Write down who runs, with start times so that a reused process id is not mistaken."""
    entries = {}
    for name, pid in pids.items():
        with contextlib.suppress(psutil.Error):
            entries[name] = {"pid": pid, "started": psutil.Process(pid).create_time()}
    write_private(home.children_file, json.dumps(entries))


def clean_leftovers(home: Home, patience_seconds: float = 5.0) -> list[str]:
    """End noted children and a database still on the data folder; return their names."""
    found = {name: process for name, process in _noted(home).items() if process.is_running()}
    postmaster = _postmaster(home.postgres_dir)
    if postmaster is not None:
        found["postgres"] = postmaster
    for name, process in found.items():
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
    _, alive = psutil.wait_procs(list(found.values()), timeout=patience_seconds)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=patience_seconds)
    for stale in (home.children_file, home.run_file, home.control_socket):
        stale.unlink(missing_ok=True)
    return sorted(found)


def _noted(home: Home) -> dict[str, psutil.Process]:
    processes = {}
    for name, entry in (read_json(home.children_file) or {}).items():
        with contextlib.suppress(psutil.Error, KeyError, TypeError, ValueError):
            process = psutil.Process(int(entry["pid"]))
            if abs(process.create_time() - float(entry["started"])) < _SAME_START_SECONDS:
                processes[str(name)] = process
    return processes


def _postmaster(data_dir: Path) -> psutil.Process | None:
    """The database server that holds the data folder, by its own note."""
    try:
        pid = int((data_dir / "postmaster.pid").read_text(encoding="utf8").splitlines()[0])
        process = psutil.Process(pid)
        # The number may belong to another process by now, even to another database server.
        ours = process.name().startswith("postgres") and str(data_dir) in process.cmdline()
        return process if ours else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
