"""A Docker engine for the tests: the one that answers, else one started in folders of its own.

containerd is started first and by us: dockerd gives one of its own fifteen seconds, which a busy
machine may need for more. Images that are expensive to make are kept as archives in `.cache/engine`
(base_image.py); the engine's folders are new for each run and removed after it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keeper import VARIABLE, joined, keep
from runs import Run, alone, new_run

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "engine"
_TURN_SECONDS = 540.0
_START_SECONDS = 180.0
_STOP_SECONDS = 90.0
_CAP_NET_ADMIN, _CAP_SYS_ADMIN = 12, 21
#: Only what an engine of Docker asks of it.
_CONTAINERD = """\
version = 2
root = "{large}/containerd"
state = "{short}/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]

[grpc]
  address = "{short}/containerd.sock"
"""


class NoEngine(Exception):
    """No engine can be had on this machine; the message is one line that says what it lacks.

    Tests are skipped by it.
    """


class EngineFault(Exception):
    """This machine has all an engine needs, and yet it does not work: tests fail by it."""


@dataclass(frozen=True)
class Engine:
    """An engine that answers."""

    host: str
    #: Stops it and starts it again; only for one that tests started.
    restart: Callable[[], None] | None = None
    #: The short folder of one that was started here.
    short: Path | None = None

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
    words = ["docker", "--host", host, "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(words, capture_output=True, timeout=30, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def why_not() -> str | None:
    """Return why no engine can be started here, or None."""
    if os.geteuid() != 0:
        return "starting one needs root"
    if not may_all(Path("/proc/self/status").read_text()):
        return "this root may neither mount nor make networks"
    needed = ("dockerd", "containerd", "docker", "iptables")
    missing = [name for name in needed if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed (scripts/setup.sh engine)"
    return None


def may_all(status: str) -> bool:
    """Tell whether a process has the powers an engine needs; root in a container has them not."""
    (powers,) = [line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")]
    return all(int(powers, 16) >> number & 1 for number in (_CAP_NET_ADMIN, _CAP_SYS_ADMIN))


@contextmanager
def engine() -> Iterator[Engine]:
    """Give an engine: a shared one, the one that answers, or a new one, stopped in the end."""
    shared = Path(os.environ.get(VARIABLE) or "/nowhere")
    if shared.is_dir():
        host = f"unix://{shared}/docker.sock"
        with joined(shared, lambda: answers(host)) as restart:
            yield Engine(host, restart, shared)
        return
    usual = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if answers(usual):
        yield Engine(usual)
        return
    reason = why_not()
    if reason is not None:
        raise NoEngine(f"no Docker engine answers, and {reason}")
    with contextlib.ExitStack() as ending:
        try:
            ending.enter_context(alone(_TURN_SECONDS))
        except TimeoutError as error:
            raise NoEngine(str(error)) from error
        yield started(ending)


def started(ending: contextlib.ExitStack) -> Engine:
    """Start an engine; a start that fails is tried once more, in new folders."""
    try:
        return ending.enter_context(_running())
    except EngineFault as error:
        sys.stderr.write(f"{error}; once more\n")
        return ending.enter_context(_running())


@contextmanager
def _running() -> Iterator[Engine]:
    with new_run(CACHE) as run, contextlib.ExitStack() as ending:
        config = run.short / "containerd.toml"
        config.write_text(_CONTAINERD.format(large=run.large, short=run.short))
        containerd = _start(run, "containerd", "--config", str(config))
        ending.callback(_stop, containerd)
        _wait(run, "containerd", containerd, (run.short / "containerd.sock").exists)
        host = f"unix://{run.short}/docker.sock"
        running = [_dockerd(run, host)]
        ending.callback(lambda: _stop(running[-1]))
        _wait(run, "dockerd", running[-1], lambda: answers(host))

        def restart() -> None:
            _stop(running[-1])
            running.append(_dockerd(run, host))
            _wait(run, "dockerd", running[-1], lambda: answers(host))

        yield Engine(host, restart, run.short)


def _dockerd(run: Run, host: str) -> subprocess.Popen[bytes]:
    return _start(
        run,
        "dockerd",
        *("--host", host, "--containerd", f"{run.short}/containerd.sock"),
        *("--data-root", f"{run.large}/docker", "--exec-root", f"{run.short}/docker"),
        # What runs in it is of no worth any more when it is stopped.
        *("--pidfile", f"{run.short}/docker.pid", "--shutdown-timeout", "2"),
    )


def _start(run: Run, name: str, *words: str) -> subprocess.Popen[bytes]:
    with (run.short / f"{name}.log").open("wb") as log:
        # Ctrl-C is for the tests, which then stop it in order.
        return subprocess.Popen(
            [name, *words], stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def _wait(run: Run, name: str, process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            log = (run.short / f"{name}.log").read_text(errors="replace")
            last = " ".join(log.strip().splitlines()[-1:])
            raise EngineFault(f"{name} does not start here: {last[:300]}")
        time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a program to end; what does not is killed with its folders' other processes."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def export(found: Engine, shared: Path | None) -> None:
    """Say by which variables it is found, as a shell understands it."""
    words = [f"DOCKER_HOST={found.host}", "DOCKER_BUILDKIT=0"]
    words += [f"{VARIABLE}={shared}"] if shared else []
    sys.stdout.write(f"export {' '.join(words)}\n")
    sys.stdout.flush()


def main() -> None:
    """Start an engine by hand and keep it until Ctrl-C, or share it (keeper.py)."""
    is_ours = VARIABLE not in os.environ
    try:
        with contextlib.suppress(KeyboardInterrupt), engine() as found:
            if "--share" in sys.argv and is_ours and found.short and found.restart:
                keep(found.short, found.restart, lambda: export(found, found.short))
            else:
                export(found, None)
                # Whoever asked for a shared one closes the input when it is done.
                sys.stdin.read() if "--share" in sys.argv else signal.pause()
    except (NoEngine, EngineFault) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
