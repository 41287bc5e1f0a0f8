"""Run every check that needs no platform; `lint.py NAME ...` runs some. All run, failures last."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
CHECKS: dict[str, tuple[str, ...]] = {
    "style": (f"{BIN}/ruff", "check", "."),
    "format": (f"{BIN}/ruff", "format", "--check", "."),
    "imports": (f"{BIN}/lint-imports",),
    "lock": (sys.executable, "scripts/lock.py", "--check"),
    "generated": (sys.executable, "scripts/generate.py", "--check"),
    "dashboard": (sys.executable, "scripts/dashboard.py", "--check"),
    "types": (sys.executable, "scripts/typecheck.py"),
    "architecture": (sys.executable, "-m", "pytest", "-q", "tests/architecture"),
}


def run(name: str) -> bool:
    """Run one check; print a line, and its output if it failed."""
    started = time.monotonic()
    done = subprocess.run(CHECKS[name], cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    verdict = "ok" if done.returncode == 0 else "FAILED"
    sys.stdout.write(f"lint {name:<13} {verdict:<7} {seconds:5.1f} s\n")
    if done.returncode:
        sys.stdout.write(done.stdout + done.stderr)
    sys.stdout.flush()
    return done.returncode == 0


def main(names: list[str]) -> int:
    """Run the checks named, or all; return 0 if every one passed."""
    unknown = set(names) - set(CHECKS)
    if unknown:
        sys.stderr.write(f"no such check: {', '.join(sorted(unknown))}; there are {[*CHECKS]}\n")
        return 2
    failed = [name for name in names or CHECKS if not run(name)]
    sys.stdout.write(f"lint: {'failed: ' + ', '.join(failed) if failed else 'all checks passed'}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
