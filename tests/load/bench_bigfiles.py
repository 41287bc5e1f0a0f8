"""The released client's stories with a file of 1 GB, on our front and on a real Ceph RGW.

`BAUHOF_BIG_BYTES` makes the file smaller.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from figures import figure

ROOT = Path(__file__).resolve().parents[2]
STORIES = {"front": "test_imaging.py", "rgw": "test_on_ceph.py"}


def main() -> bool:
    """Run both stories; the figure is how long each took, all its other kinds included."""
    size = os.environ.get("BAUHOF_BIG_BYTES", str(10**9))
    ok = True
    for name, story in STORIES.items():
        path = f"tests/acceptance/mikro/{story}"
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:randomly", path]
        started = time.perf_counter()
        done = subprocess.run(
            [*command, "-k", "reads_back_what_it_stored", "-o", "timeout=1800"],
            cwd=ROOT,
            env=os.environ | {"BAUHOF_BIG_BYTES": size},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.stderr.write(done.stdout[-3000:])
        took = time.perf_counter() - started
        figure("bigfiles", f"{name}_story", took, "s", against=f"{size} bytes")
        # Skipped stories are none: pytest calls that a success.
        failed = float(done.returncode != 0 or "passed" not in done.stdout)
        ok = figure("bigfiles", f"{name}_failed", failed, "runs", most=0) and ok
    return ok
