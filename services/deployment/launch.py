"""Starts the supervisor as a process of its own and listens to it until the platform is ready."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from deployment.control import ask
from deployment.errors import DeploymentError, NotRunning, Unhealthy, from_dict
from deployment.home import Home, is_locked, make_root, read_json, readable_errors
from deployment.logfiles import open_log
from deployment.tools import python_module

SUPERVISOR_LOG = "supervisor"


@dataclass(frozen=True)
class Ready:
    """What a start ended in."""

    result: dict[str, Any]
    #: One-time link for the first admin, at the first start of a home only.
    setup_url: str | None
    #: The supervisor. Kept so that a short-lived caller may leave it and a test may wait for it.
    process: subprocess.Popen[bytes]


@dataclass(frozen=True)
class Request:
    """What to start."""

    home: Home
    host: str | None = None
    port: int | None = None
    services: tuple[str, ...] = ()
    #: End the platform when the calling process ends.
    tied: bool = False
    environ: Mapping[str, str] | None = None


def start(request: Request, heard: Callable[[dict[str, Any]], None]) -> Ready:
    """Start the platform in the background; return when it is healthy, else raise."""
    home = request.home
    with readable_errors(home):
        make_root(home)
        home.logs_dir.mkdir(mode=0o700, exist_ok=True)
        log = open_log(home.log_file(SUPERVISOR_LOG))
    reading, writing = os.pipe()
    with log:
        process = subprocess.Popen(
            _command(request, writing),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(writing,),
            start_new_session=True,
            # It must not keep the caller's folder busy.
            cwd=home.root,
            env=None if request.environ is None else dict(request.environ),
        )
    os.close(writing)
    try:
        for event in _events(reading):
            heard(event)
            if event["event"] == "ready":
                return Ready(event["result"], event.get("setup_url"), process)
            if event["event"] == "failed":
                process.wait()
                raise from_dict(event["error"])
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    finally:
        os.close(reading)
    code = process.wait()
    raise Unhealthy(
        f"the supervisor ended with code {code}", hint=f"See {home.log_file(SUPERVISOR_LOG)}"
    )


def _command(request: Request, descriptor: int) -> list[str]:
    words = [*python_module("deployment.supervise"), "--home", str(request.home.root)]
    words += ["--events-fd", str(descriptor)]
    if request.host is not None:
        words += ["--host", request.host]
    if request.port is not None:
        words += ["--port", str(request.port)]
    if request.services:
        words += ["--services", ",".join(request.services)]
    if request.tied:
        words += ["--die-with", str(os.getpid())]
    return words


def _events(descriptor: int) -> Iterator[dict[str, Any]]:
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        for line in file:
            with contextlib.suppress(ValueError):
                yield json.loads(line)


def stop(home: Home, *, timeout_seconds: float = 100.0) -> None:
    """Stop the platform on a home and wait until it is gone."""
    if home.is_compose:
        _containers().down(home, os.environ)
        return
    if not is_locked(home):
        raise NotRunning(f"no platform runs on {home.root}", hint="Start it: bauhof up")
    try:
        ask(home.control_socket, "stop")
    except NotRunning:
        _stop_by_signal(home)
    deadline = time.monotonic() + timeout_seconds
    while is_locked(home):
        if time.monotonic() > deadline:
            raise DeploymentError(f"the platform did not stop within {timeout_seconds:g} s")
        time.sleep(0.05)


def _stop_by_signal(home: Home) -> None:
    """Stop a supervisor whose socket is gone, for instance swept away with old temporary files."""
    run = read_json(home.run_file)
    if run is None:
        # It holds the lock but does not listen yet, or it is just ending.
        raise DeploymentError("the platform is starting or stopping", hint="Try again shortly.")
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(run["pid"]), signal.SIGTERM)


def status(home: Home) -> dict[str, Any]:
    """Return the state of the platform on a home, whatever its shape."""
    if home.is_compose:
        found: dict[str, Any] = _containers().status(home)
        return found
    if not is_locked(home):
        raise NotRunning(f"no platform runs on {home.root}", hint="Start it: bauhof up")
    answer: dict[str, Any] = ask(home.control_socket, "status")
    return answer


def _containers() -> Any:
    # Loaded when asked for: plugins of tests load this module, and that brings an event loop along.
    return import_module("deployment.compose.operate")
