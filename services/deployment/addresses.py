"""Under which names and addresses an installation answers."""

from __future__ import annotations

import ipaddress
import socket

import psutil

#: The platform's name inside the containers of its apps; nobody can register a name below it.
INSIDE_NAME = "bauhof.internal"
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]", INSIDE_NAME)
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound


def origin(host: str, port: int) -> str:
    """Return the URL that reaches a gateway bound to `host` from this machine."""
    return f"http://{_bracketed('127.0.0.1' if host in _EVERYWHERE else host)}:{port}"


def place(host: str, port: int) -> str:
    """Return host and port as one word."""
    return f"{_bracketed(host)}:{port}"


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can connect."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def allowed_hosts(host: str, *, public_url: str | None, extra: tuple[str, ...]) -> list[str]:
    """Return the Host values to accept: loopback, this machine when reachable, and what was set."""
    names = [*LOOPBACK_NAMES, *extra]
    if host in _EVERYWHERE:
        names += [socket.gethostname().lower(), *machine_addresses()]
    elif not is_loopback(host):
        names.append(_bracketed(host))
    if public_url:
        names.append(public_url.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0])
    return list(dict.fromkeys(names))


def machine_addresses() -> list[str]:
    """Return the addresses of this machine's interfaces, as they stand in a URL."""
    found = []
    for addresses in psutil.net_if_addrs().values():
        for address in addresses:
            if address.family in (socket.AF_INET, socket.AF_INET6):
                found.append(_bracketed(address.address.split("%", 1)[0]))
    return sorted(set(found))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
