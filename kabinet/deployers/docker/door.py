"""How containers of an organization reach the platform, and nothing else."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from deployers.core.errors import DeployerError
from deployers.core.settings import Door

#: The platform's name inside of containers, where it has none of its own.
NAME = "bauhof.internal"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Way:
    """What has to be set up so that a door leads somewhere."""

    door: Door
    #: Where a relay listens on this machine, and what it leads to; None where none is needed.
    listen: tuple[str, int] | None
    target: tuple[str, int]


def way_by_relay(url: str, bridge: str) -> Way:
    """Return the way over a relay on the bridge's address of this machine.

    The port stays the same, and so does the name of a platform that has one: its certificate is
    checked inside as it is outside.
    """
    parts = urlsplit(url)
    host, port = _target(url)
    is_named = not _is_address(host) and host != "localhost"
    if parts.scheme == "https" and not is_named:
        raise DeployerError(
            f"{url} is an address; containers check the certificate of a name. Give the platform a"
            " host name and start the deployer with it."
        )
    name = host if is_named else NAME
    inside = f"{parts.scheme}://{name}:{port}{parts.path.rstrip('/')}"
    return Way(Door(inside, {name: bridge}), (bridge, port), (host, port))


def way_by_container(url: str) -> Way:
    """Return the way to a gateway that is a container itself, known by a name in the network."""
    parts = urlsplit(url)
    host, port = _target(url)
    inside = f"{parts.scheme}://{NAME}:{port}{parts.path.rstrip('/')}"
    return Way(Door(inside), None, (host, port))


def _target(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise DeployerError(f"{url!r} is not the address of a platform; write http(s)://name:port.")
    return parts.hostname, parts.port or _PORTS[parts.scheme]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
