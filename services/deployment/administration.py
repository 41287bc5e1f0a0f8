"""Administration of people, keys and devices: orders to the fakts that runs, or to its command.

A running fakts answers on a socket in milliseconds. While it starts or is stopped, the same order
goes to its management command, a process of seconds.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from deployment.containers import compose_of
from deployment.errors import CommandRefused, DeploymentError, NotRunning
from deployment.home import Home, is_locked
from deployment.tools import python_module

#: Named here again because importing it would load Django.
CONFIG_FILE_VARIABLE = "BAUHOF_CONFIG"
_PACKAGE = "fakts_server"
_TIMEOUT_SECONDS = 120
#: Field whose value is not known -> what lists those that are.
_LISTS = {
    "organization": "These there are: bauhof org list",
    "username": "These there are: bauhof user list --org ...",
}


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
        raise NotRunning(f"no platform runs on {home.root}", hint=f"Start it: {home.start_command}")
    request = _request(op, arguments)
    with _connected(home) as connection:
        if connection is not None:
            return _outcome(_exchange(connection, request))
    if home.is_compose:
        return _run_in_container(home, request)
    try:
        done = subprocess.run(
            _command(),
            input=request,
            capture_output=True,
            env=service_environment(home, os.environ),
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _late() from None
    return _result(done.stdout, done.stderr)


def _run_in_container(home: Home, request: bytes) -> Any:
    words = ("exec", "-T", "fakts", "python", "-P", "-m", "chassis.manage", _PACKAGE, "admin")
    done = compose_of(home).call(*words, stdin=request, timeout=_TIMEOUT_SECONDS)
    return _result(done.stdout, done.stderr)


@contextmanager
def _connected(home: Home) -> Iterator[socket.socket | None]:
    """Open the way into the running fakts; None where nobody listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIMEOUT_SECONDS)
        try:
            connection.connect(str(home.orders_socket))
        except OSError:
            yield None
            return
        yield connection


def _exchange(connection: socket.socket, request: bytes) -> Any:
    blocks = []
    try:
        connection.sendall(request + b"\n")
        while block := connection.recv(65536):
            blocks.append(block)
        return json.loads(b"".join(blocks))
    except TimeoutError:
        raise _late() from None
    except (OSError, ValueError):
        # Never sent a second time: it may be that only the answer was lost.
        raise DeploymentError(
            "fakts broke off before it answered",
            hint="See whether the command was carried out; `bauhof logs fakts` tells more.",
        ) from None


def _late() -> DeploymentError:
    return DeploymentError("fakts did not carry the command out in time")


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
        raise _failed(last[-1] if last else "no answer") from None
    return _outcome(answer)


def _outcome(answer: Mapping[str, Any]) -> Any:
    if answer.get("ok"):
        return answer.get("result")
    if answer.get("failure"):
        raise _failed(str(answer["failure"]))
    error = answer.get("error") or {}
    code, field = str(error.get("code", "REFUSED")), error.get("field")
    raise CommandRefused(
        str(error.get("message", "the command was refused")),
        code=code,
        field=field,
        hint=_LISTS.get(str(field)) if code == "NOT_FOUND" else None,
    )


def _failed(reason: str) -> DeploymentError:
    return DeploymentError(f"fakts could not carry the command out: {reason}")
