"""Administration of people, keys and devices: runs the fakts command that owns them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from deployment.containers import compose_of
from deployment.errors import CommandRefused, DeploymentError, NotRunning
from deployment.home import Home, is_locked
from deployment.tools import python_module

#: Named here again because importing it would load Django.
CONFIG_FILE_VARIABLE = "BAUHOF_CONFIG"
_PACKAGE = "fakts_server"
_TIMEOUT_SECONDS = 120


def service_environment(home: Home, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a service process: the caller's, and where its settings are."""
    env = {key: value for key, value in environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    env[CONFIG_FILE_VARIABLE] = str(home.services_file)
    env["PYTHONUNBUFFERED"] = "1"
    # Threads would each get a heap of their own, most of it unused.
    env.setdefault("MALLOC_ARENA_MAX", "2")
    return env


def run_operation(home: Home, op: str, **arguments: Any) -> Any:
    """Carry out one operation on a running platform; raise `CommandRefused` with the reason."""
    if not is_locked(home):
        raise NotRunning(f"no platform runs on {home.root}", hint="Start it: bauhof up")
    if home.is_compose:
        return _run_in_container(home, _request(op, arguments))
    try:
        done = subprocess.run(
            _command(),
            input=_request(op, arguments),
            capture_output=True,
            env=service_environment(home, os.environ),
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DeploymentError("fakts did not carry the command out in time") from None
    return _result(done.stdout, done.stderr)


def _run_in_container(home: Home, request: bytes) -> Any:
    words = ("exec", "-T", "fakts", "python", "-P", "-m", "chassis.manage", _PACKAGE, "admin")
    done = compose_of(home).call(*words, stdin=request, timeout=_TIMEOUT_SECONDS)
    return _result(done.stdout, done.stderr)


def _command() -> list[str]:
    return [*python_module("chassis.manage"), _PACKAGE, "admin"]


def _request(op: str, arguments: Mapping[str, Any]) -> bytes:
    given = {key: value for key, value in arguments.items() if value is not None}
    return json.dumps({"op": op, **given}).encode()


def _result(out: bytes, err: bytes) -> Any:
    lines = out.decode(errors="replace").strip().splitlines()
    try:
        answer = json.loads(lines[-1])
    except (IndexError, ValueError):
        last = err.decode(errors="replace").strip().splitlines()
        raise DeploymentError(
            f"fakts could not carry the command out: {last[-1] if last else 'no answer'}"
        ) from None
    if answer.get("ok"):
        return answer.get("result")
    error = answer.get("error") or {}
    raise CommandRefused(
        str(error.get("message", "the command was refused")),
        code=str(error.get("code", "REFUSED")),
        field=error.get("field"),
    )
