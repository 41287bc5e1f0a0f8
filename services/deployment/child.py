"""One child process: started, watched, started again after it died, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from deployment.account import Account
from deployment.backoff import Backoff
from deployment.logfiles import open_log, tail
from deployment.probe import Health, Probe

_LAUNCHER = Path(__file__).with_name("launcher.py")
_FIRST_PROBE_SECONDS = 0.1
_SLOWEST_PROBE_SECONDS = 0.5
_WATCH_SECONDS = 15.0
_UNHEALTHY_SECONDS = 1.0
#: EX_CONFIG of sysexits: starting again without a change does not help.
_CONFIG_EXIT = 78
#: A child that ends so often before it was ever healthy has something that no retry cures.
_STILLBORN = 3


class State(StrEnum):
    """What a child is doing."""

    WAITING = "waiting"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


_RUNNING = (State.STARTING, State.HEALTHY, State.UNHEALTHY)


@dataclass(frozen=True)
class ChildSpec:
    """What to run and how to tell that it is ready."""

    name: str
    command: Sequence[str]
    probe: Probe
    log: Path
    #: Command line after the first start, when it differs (no migrations again).
    restart_command: Sequence[str] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    stop_signal: int = signal.SIGTERM
    #: What the kernel sends when the supervisor is gone.
    death_signal: int = signal.SIGTERM
    listen_fd: int | None = None
    account: Account | None = None
    #: Patience with this child when stopping, where the common one is too short.
    stop_seconds: float | None = None


@dataclass(frozen=True)
class Timing:
    """How patient the supervisor is."""

    stop_seconds: float = 10.0
    restart_first_seconds: float = 0.2
    restart_most_seconds: float = 15.0
    restart_forgive_seconds: float = 30.0


def launch_command(
    words: Sequence[str],
    *,
    account: Account | None = None,
    folder: Path | None = None,
    listen_fd: int | None = None,
    death_signal: int = signal.SIGTERM,
) -> list[str]:
    """Return the command line that becomes `words` by way of the launcher."""
    plan: dict[str, object] = {"parent": os.getpid(), "death_signal": int(death_signal)}
    if account is not None:
        plan |= {"uid": account.uid, "gid": account.gid}
        plan["capabilities"] = list(account.capabilities)
    if folder is not None:
        plan["folder"] = str(folder)
    if listen_fd is not None:
        plan["listen_fd"] = listen_fd
    return [sys.executable, "-I", "-S", str(_LAUNCHER), json.dumps(plan), *words]


class Child:
    """Keeps one process alive for as long as it is wanted."""

    def __init__(self, spec: ChildSpec, timing: Timing, changed: Callable[[Child], None]) -> None:
        self.spec = spec
        self.state = State.WAITING
        self.reason = ""
        self.pid: int | None = None
        self.restarts = 0
        self._timing = timing
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._unwanted = asyncio.Event()
        self._was_healthy = False
        self._settled = asyncio.Event()
        self._ended = asyncio.Event()

    @property
    def name(self) -> str:
        """The child's name in the table."""
        return self.spec.name

    def start(self) -> None:
        """Begin to keep the process alive; returns at once."""
        if self._keeper is None or self._keeper.done():
            self._unwanted.clear()
            self._settled.clear()
            self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    async def wait_settled(self) -> bool:
        """Wait until the child is healthy or has failed; tell which."""
        await self._settled.wait()
        return self.state is State.HEALTHY

    async def stop(self) -> None:
        """Ask the process to end, insist after a while, and do not start it again."""
        self._unwanted.set()
        if self._keeper is None:
            self._become(State.STOPPED)
            return
        process = self._process
        if process is not None and process.returncode is None:
            self._become(State.STOPPING)
            self._signal(self.spec.stop_signal)
            try:
                patience = self.spec.stop_seconds
                async with asyncio.timeout(
                    self._timing.stop_seconds if patience is None else patience
                ):
                    await process.wait()
            except TimeoutError:
                self._signal(signal.SIGKILL)
                await process.wait()
        # The keeper may be waiting out a back-off.
        self._keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._keeper
        self._keeper = None
        self.pid = None
        self._become(State.STOPPED)

    async def kill(self) -> None:
        """End the process the hard way; it is started again like any that died."""
        process = self._process
        if process is not None and process.returncode is None:
            self._signal(signal.SIGKILL)
            await process.wait()
            # Whoever asks next must not be told that it is well.
            await self._ended.wait()

    async def check(self) -> Health:
        """Ask the child now how it is."""
        if self._process is None or self._process.returncode is not None:
            return Health(ok=False, reason=self.reason or "is not running")
        health = await self.spec.probe()
        self._note(health)
        return health

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _keep(self) -> None:
        timing = self._timing
        backoff = Backoff(
            first_seconds=timing.restart_first_seconds,
            most_seconds=timing.restart_most_seconds,
            forgive_seconds=timing.restart_forgive_seconds,
        )
        attempts = 0
        while True:
            attempts += 1
            began = time.monotonic()
            code = None
            try:
                code = await self._run_once(first=not self._was_healthy)
                ending = _describe_exit(code)
            except OSError as error:
                ending = f"could not be started ({error.strerror})"
            if self._unwanted.is_set():
                return
            self.pid = None
            if not self._was_healthy and (attempts >= _STILLBORN or code == _CONFIG_EXIT):
                self._fail(ending)
                return
            delay = backoff.after_exit(time.monotonic() - began)
            self.restarts += 1
            self._become(State.RESTARTING, f"{ending}; starts again in {delay:.1f} s")
            await asyncio.sleep(delay)

    async def _run_once(self, *, first: bool) -> int:
        """Run the process to its end, watching its health meanwhile."""
        spec = self.spec
        words = spec.command if first or spec.restart_command is None else spec.restart_command
        command = launch_command(
            words,
            account=spec.account,
            listen_fd=spec.listen_fd,
            death_signal=spec.death_signal,
        )
        with open_log(spec.log) as log:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(spec.env),
                pass_fds=() if spec.listen_fd is None else (spec.listen_fd,),
                # Ctrl-C in the terminal is for the supervisor, which stops the children in order.
                start_new_session=True,
            )
        self.pid = self._process.pid
        self._ended.clear()
        self._become(State.STARTING)
        watcher = asyncio.create_task(self._watch(), name=f"watch {self.name}")
        try:
            return await self._process.wait()
        finally:
            watcher.cancel()

    async def _watch(self) -> None:
        pause = _FIRST_PROBE_SECONDS
        while True:
            health = await self.spec.probe()
            self._note(health)
            if health.ok:
                pause = _WATCH_SECONDS
            elif self.state is State.UNHEALTHY:
                pause = _UNHEALTHY_SECONDS
            else:
                pause = min(_SLOWEST_PROBE_SECONDS, pause * 1.5)
            await asyncio.sleep(pause)

    def _note(self, health: Health) -> None:
        if self.state not in _RUNNING:
            return
        if health.ok:
            self._was_healthy = True
            self._become(State.HEALTHY)
            self._settled.set()
        elif self.state is State.STARTING:
            self.reason = health.reason
        else:
            self._become(State.UNHEALTHY, health.reason)

    def _fail(self, reason: str) -> None:
        last = tail(self.spec.log, 1)
        self._become(State.FAILED, f"{reason}: {last[0]}" if last else reason)
        self._settled.set()

    def _become(self, state: State, reason: str = "") -> None:
        if (state, reason) != (self.state, self.reason):
            self.state, self.reason = state, reason
            if state not in _RUNNING:
                self._ended.set()
            self._changed(self)


def _describe_exit(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
