"""A Docker engine for the tests: the one that answers, else one started in a folder of its own.

What was pulled or imported stays in `.cache/engine`, so a second run is quick. One engine is enough
for several runs at once: each takes names of its own, and whoever starts it keeps it until its end.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "engine"
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0


class NoEngine(Exception):
    """No engine answers and none can be started; the message is one line that says why."""


@dataclass(frozen=True)
class Engine:
    """An engine that answers."""

    host: str

    def docker(self, *words: str, stdin: bytes | None = None, timeout: float = 300) -> str:
        """Run the command `docker`; what it printed."""
        done = subprocess.run(
            ["docker", *words],
            env=self.environment(),
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"docker {' '.join(words)}: {done.stderr.decode()}")
        return done.stdout.decode().strip()

    def environment(self) -> dict[str, str]:
        """The variables by which `docker`, its SDK and the released command line find it."""
        # The engine of Debian brings no buildx.
        return {**os.environ, "DOCKER_HOST": self.host, "DOCKER_BUILDKIT": "0"}


def answers(host: str) -> bool:
    """Tell whether an engine answers there."""
    if shutil.which("docker") is None:
        return False
    done = subprocess.run(
        ["docker", "--host", host, "version", "--format", "{{.Server.Version}}"],
        capture_output=True,
        timeout=30,
        check=False,
    )
    return done.returncode == 0


def why_not() -> str | None:
    """Return why no engine can be started here, or None."""
    if os.geteuid() != 0:
        return "starting one needs root"
    missing = [name for name in ("dockerd", "docker", "iptables") if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed (scripts/setup.sh engine)"
    return None


@contextmanager
def engine() -> Iterator[Engine]:
    """Give an engine; one that was started here is stopped in the end."""
    usual = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if answers(usual):
        yield Engine(usual)
        return
    reason = why_not()
    if reason is not None:
        raise NoEngine(f"no Docker engine answers, and {reason}")
    CACHE.mkdir(parents=True, exist_ok=True)
    # A socket's path is limited to about a hundred bytes, so it cannot be below the cache.
    short = Path(f"/run/bauhof-engine-{os.getpid()}")
    short.mkdir(mode=0o700, exist_ok=True)
    # Another run may hold the folder; then this one works in a folder of its own, without a cache.
    data = CACHE / "docker" if not _is_taken(CACHE / "docker") else short / "docker"
    process = _start(short, data)
    try:
        _wait(process, f"unix://{short}/docker.sock", short / "log")
        _claim(data, process.pid)
        yield Engine(f"unix://{short}/docker.sock")
    finally:
        _stop(process)
        shutil.rmtree(short, ignore_errors=True)


def _start(short: Path, data: Path) -> subprocess.Popen[bytes]:
    with (short / "log").open("wb") as log:
        return subprocess.Popen(
            [
                "dockerd",
                *("--host", f"unix://{short}/docker.sock"),
                *("--data-root", str(data), "--exec-root", str(short / "exec")),
                *("--pidfile", str(short / "pid")),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for the tests, which then stop it in order.
            start_new_session=True,
        )


def _wait(process: subprocess.Popen[bytes], host: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not answers(host):
        if process.poll() is not None or time.monotonic() > deadline:
            last = log.read_text(errors="replace").strip().splitlines()[-1:]
            _stop(process)
            raise NoEngine(f"dockerd does not start here: {' '.join(last)[:300]}")
        time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _claim(data: Path, pid: int) -> None:
    data.with_name("docker.pid").write_text(str(pid))


def _is_taken(data: Path) -> bool:
    """Tell whether a live engine works in the folder."""
    try:
        pid = int(data.with_name("docker.pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_text()
    except (OSError, ValueError):
        return False
    return str(data) in command


def main() -> None:
    """Start an engine by hand and keep it until Ctrl-C: `python tests/engine/daemon.py`."""
    with contextlib.suppress(KeyboardInterrupt), engine() as found:
        sys.stdout.write(f"export DOCKER_HOST={found.host} DOCKER_BUILDKIT=0\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main()
