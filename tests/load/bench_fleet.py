"""Twenty apps of the released client with fifty calls each, all at once, by one released caller.

It is the story of the acceptance tests with the whole fleet; `BAUHOF_FLEET` is another number.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from figures import figure

ROOT = Path(__file__).resolve().parents[2]
STORY = "tests/acceptance/test_faults.py"
CALLS = 50


def main() -> bool:
    """Run the story; it fails if one call is lost, doubled or answered wrongly."""
    apps = os.environ.get("BAUHOF_FLEET", "20")
    command = [sys.executable, "-m", "pytest", "-q", "-x", STORY, "-k", "many_apps"]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, "-o", "timeout=1800"],
        cwd=ROOT,
        env=os.environ | {"BAUHOF_FLEET": apps},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout[-3000:])
    note = f"{apps} apps x {CALLS} calls"
    figure("fleet", "story", time.perf_counter() - started, "s", against=f"{note}, with a platform")
    failed = float(done.returncode != 0 or "passed" not in done.stdout)
    return figure("fleet", "failed", failed, "runs", most=0, against=note)
