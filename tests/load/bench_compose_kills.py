"""Every container is killed with -9 under 200 running tasks and uploads: the story, at full size.

`BAUHOF_KILL_TASKS` makes the tasks fewer. It needs what tests/compose needs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from figures import figure

ROOT = Path(__file__).resolve().parents[2]
STORY = "tests/compose/test_kills.py"


def main() -> bool:
    """Run the story; the figure is how long it took from the image on, all kills together."""
    tasks = os.environ.get("BAUHOF_KILL_TASKS", "200")
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-rs", STORY, "-o", "timeout=1800"],
        cwd=ROOT,
        env=os.environ | {"BAUHOF_KILL_TASKS": tasks},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    took = time.perf_counter() - started
    # Without an engine the story is left out, which is no success.
    failed = done.returncode != 0 or "skipped" in done.stdout
    if failed:
        sys.stderr.write(done.stdout[-3000:])
    figure("compose_kills", "all_containers_killed", took, "s", against=f"{tasks} running tasks")
    return figure("compose_kills", "failed", float(failed), "runs", most=0)
