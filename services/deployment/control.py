"""The way into a running supervisor: one JSON line each way over a unix socket of its owner.

Here is the side that asks; `control_server` is the side that answers.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from deployment.errors import DeploymentError, NotRunning, from_dict

_LINE_BYTES = 1024 * 1024


def ask(path: Path, op: str, *, timeout_seconds: float = 30.0, **arguments: Any) -> Any:
    """Send one operation to the supervisor and return its result."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_seconds)
        try:
            connection.connect(str(path))
            connection.sendall(json.dumps({"op": op, **arguments}).encode() + b"\n")
            line = _read_line(connection)
        except TimeoutError:
            raise DeploymentError("the supervisor does not answer") from None
        except OSError as error:
            raise NotRunning("no platform runs here", hint="Start it: bauhof up") from error
    try:
        answer = json.loads(line)
    except ValueError:
        raise NotRunning("the platform stopped meanwhile") from None
    if not answer["ok"]:
        raise from_dict(answer["error"])
    return answer["result"]


def _read_line(connection: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n") and len(data) < _LINE_BYTES:
        block = connection.recv(65536)
        if not block:
            break
        data += block
    return data
