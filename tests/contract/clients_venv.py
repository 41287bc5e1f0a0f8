"""Where the released clients are installed; makes their virtual environment when there is none."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "tests" / "acceptance" / "requirements-clients.lock"
CACHED = ROOT / ".cache" / "clients-venv"


class ClientsMissing(RuntimeError):
    """The clients are not installed and cannot be."""


def site_packages(home: Path) -> Path:
    """The package folder of a virtual environment; raises if the clients are not in it."""
    for folder in sorted(home.glob("lib/python3.*/site-packages")):
        if (folder / "rekuest" / "api" / "schema.py").exists():
            return folder
    raise ClientsMissing(f"{home} holds no released clients")


def _build(home: Path) -> None:
    if not LOCK.exists():
        raise ClientsMissing(
            f"{LOCK.relative_to(ROOT)} is missing; set BAUHOF_CLIENTS_VENV instead"
        )
    venv.create(home, with_pip=True)
    command = [home / "bin" / "python", "-m", "pip", "install", "-q", "--no-deps", "-r", LOCK]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise ClientsMissing(f"pip could not install the clients: {result.stderr[-2000:]}")


def find() -> Path:
    """The clients' package folder: BAUHOF_CLIENTS_VENV, or the cached one, built if need be."""
    named = os.environ.get("BAUHOF_CLIENTS_VENV")
    if named:
        return site_packages(Path(named))
    CACHED.parent.mkdir(exist_ok=True)
    # Suites run side by side; one of them builds and the others wait until it is whole.
    with CACHED.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return site_packages(CACHED)
        except ClientsMissing:
            _build(CACHED)
    return site_packages(CACHED)


if __name__ == "__main__":
    sys.stdout.write(f"{find()}\n")
