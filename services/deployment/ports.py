"""The listening socket of the gateway: opened here, so that it outlives every gateway process."""

from __future__ import annotations

import errno
import socket

from deployment.errors import PortTaken

DEFAULT_PORT = 8000
#: Ports tried after the default; then the system chooses.
NEARBY = 50
BACKLOG = 1024


def listen(host: str, port: int) -> socket.socket:
    """Return a listening TCP socket; `port` 0 lets the system choose."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def open_port(host: str, port: int | None) -> socket.socket:
    """Listen on `port`; without one on the default, else on the next free one."""
    if port is not None:
        return _explicit(host, port)
    for candidate in (*range(DEFAULT_PORT, DEFAULT_PORT + NEARBY), 0):
        try:
            return listen(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise _problem(host, candidate, error) from error
    raise PortTaken(f"no free port found on {host}")  # pragma: no cover - port 0 always binds


def open_secure_port(host: str, port: int) -> socket.socket:
    """Listen on the port of https, or say what to do about it."""
    try:
        return open_port(host, port)
    except PortTaken as error:
        raise PortTaken(
            f"https: {error.message}",
            hint="End what listens there, or choose another in config.yaml: tls.port, 1024 or more"
            " for who is not root.",
            field="tls.port",
        ) from error


def _explicit(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        raise _problem(host, port, error) from error


def _problem(host: str, port: int, error: OSError) -> PortTaken:
    if error.errno == errno.EADDRINUSE:
        return PortTaken(
            f"port {port} on {host} is taken",
            hint="Choose another with --port, or leave --port out to get a free one.",
            field="port",
        )
    if error.errno == errno.EACCES:
        return PortTaken(
            f"this user may not listen on port {port}", hint="Use a port above 1023.", field="port"
        )
    return PortTaken(f"cannot listen on {host}:{port}: {error.strerror or error}", field="host")
