"""A part is killed with -9 during a write of 1 GiB: the acceptance story, at full size.

`BAUHOF_KILL_BYTES` makes the file smaller.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from figures import figure

ROOT = Path(__file__).resolve().parents[2]
STORY = "tests/acceptance/mikro/test_kills.py"


def main() -> bool:
    """Run the story; the figure is how long both kills, both retries and the checks took."""
    size = os.environ.get("BAUHOF_KILL_BYTES", str(1024**3))
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:randomly", STORY]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, "-o", "timeout=900"],
        cwd=ROOT,
        env=os.environ | {"BAUHOF_KILL_BYTES": size},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout[-3000:])
    took = time.perf_counter() - started
    figure("kills", "two_kills_and_retries", took, "s", against=f"{size} bytes each")
    failed = float(done.returncode != 0)
    return figure("kills", "failed", failed, "runs", most=0)
