"""Run mypy strict once per service: its Django plugin reads one settings module a run.

What belongs to no service (chassis, deployment, gateway, the test plugin) is checked in one more
run, with the settings of the smallest service.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Service whose settings the run reads, and the packages it checks.
RUNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("rekuest", ("rekuest_server",)),
    ("fakts", ("fakts_server",)),
    ("mikro", ("chassis", "deployment", "gateway_server", "bauhof", "mikro_server")),
    ("kabinet", ("kabinet_server", "deployers")),
)
#: As many at once as the smallest machine this must run on has cores.
AT_ONCE = 2


def check(service: str, packages: tuple[str, ...], state: Path) -> tuple[int, str]:
    """Run mypy over packages with the settings of a service; return its exit code and output."""
    command = [sys.executable, "-m", "mypy", "--cache-dir", f".mypy_cache/{service}"]
    for package in packages:
        command += ["-p", package]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": f"{service}_server.settings",
        # Settings make their secret key where the state is; a check must leave nothing behind.
        f"{service.upper()}__STATE_DIR": str(state / service),
        "PYTHONHASHSEED": "0",
    }
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, (done.stdout + done.stderr).strip()


def main(wanted: list[str]) -> int:
    """Check all runs, or those of the services named; return 0 if all pass."""
    runs = [run for run in RUNS if not wanted or run[0] in wanted]
    failed = 0
    with tempfile.TemporaryDirectory() as state, ThreadPoolExecutor(AT_ONCE) as pool:
        results = pool.map(lambda run: check(*run, Path(state)), runs)
        for (service, packages), (code, output) in zip(runs, results, strict=True):
            sys.stdout.write(f"types {service} ({', '.join(packages)}): {output}\n")
            failed += code != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
