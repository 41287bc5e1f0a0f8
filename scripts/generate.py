"""Write what is generated from the code: each service's SDL, the compose file, docs/reference.

`--check` writes nothing and fails when a file is not current.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import reference_cli
import reference_config
import reference_errors
import reference_messages

from deployment.compose.plan import Plan
from deployment.compose.render import compose_file

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("fakts", "rekuest", "mikro", "kabinet")
PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/config.md": reference_config.page,
    "docs/reference/errors.md": reference_errors.page,
    "docs/reference/cli.md": reference_cli.page,
    "docs/reference/messages.md": reference_messages.page,
    "docker-compose.yml": lambda: compose_file(Plan()),
}


def has_schema(service: str) -> bool:
    """Tell whether a service offers GraphQL: its wiring names a schema."""
    wiring = ROOT / service / f"{service}_server" / "app.py"
    return "SCHEMA" in wiring.read_text(encoding="utf8")


def schema(service: str) -> str:
    """Return the SDL of a service, printed by a process with that service's settings."""
    with tempfile.TemporaryDirectory() as state:
        done = subprocess.run(
            [sys.executable, "-m", "chassis.manage", f"{service}_server", "print_schema"],
            cwd=ROOT,
            env=os.environ | {f"{service.upper()}__STATE_DIR": state},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"{service}: its schema cannot be printed:\n{done.stderr}")
    return done.stdout


def render() -> dict[Path, str]:
    """Return the text of every generated file by its path."""
    texts = {ROOT / name: make() for name, make in PAGES.items()}
    services = [service for service in SERVICES if has_schema(service)]
    with ThreadPoolExecutor(2) as pool:
        for service, text in zip(services, pool.map(schema, services), strict=True):
            texts[ROOT / service / "schema.graphql"] = text
    return texts


def main() -> int:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    check = parser.parse_args().check
    stale = 0
    for path, text in render().items():
        if path.exists() and path.read_text(encoding="utf8") == text:
            continue
        stale += 1
        name = path.relative_to(ROOT)
        if check:
            sys.stdout.write(f"{name} is not current: run make schema and commit it\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf8")
            sys.stdout.write(f"{name} written\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
