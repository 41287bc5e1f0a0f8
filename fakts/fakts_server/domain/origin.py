"""The origin a caller used: scheme, host and port."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Reach = Literal["loopback", "internal", "lan", "mesh", "public"]

_HOST = re.compile(r"^(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?$")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Origin:
    """Where the caller found us; every address in an answer is built from it."""

    scheme: str
    host: str
    port: int | None = None

    @property
    def url(self) -> str:
        """The origin without a trailing slash; a default port is left out."""
        if self.port is None or self.port == _DEFAULT_PORTS[self.scheme]:
            return f"{self.scheme}://{self.host}"
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def is_secure(self) -> bool:
        """Whether the caller spoke TLS."""
        return self.scheme == "https"

    @property
    def reach(self) -> Reach | None:
        """From where an address at this host works, as far as the name tells."""
        name = self.host.strip("[]").rstrip(".").lower()
        if name == "localhost" or name.endswith(".localhost"):
            return "loopback"
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return None
        if address.is_loopback:
            return "loopback"
        return "lan" if address.is_private else "public"


def origin_from_url(url: str) -> Origin:
    """Return the origin of a configured URL."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    scheme = parts.scheme if parts.scheme in _DEFAULT_PORTS else "http"
    return Origin(scheme, f"[{host}]" if ":" in host else host, parts.port)


def origin_from_host(scheme: str, header: str) -> Origin | None:
    """Return the origin of a Host header, or None when it cannot be one."""
    found = _HOST.fullmatch(header)
    if not found or scheme not in _DEFAULT_PORTS:
        return None
    port = int(found["port"]) if found["port"] else None
    if port is not None and not 0 < port < 65536:
        return None
    return Origin(scheme, found["host"].lower(), port)


def caller_address(forwarded: str, direct: str, hops: int) -> str:
    """Return the network address of a caller behind `hops` proxies of ours.

    Proxies append to X-Forwarded-For, so only the entries our own proxies wrote count.
    """
    entries = [part.strip() for part in forwarded.split(",") if part.strip()]
    if hops and len(entries) >= hops:
        return entries[-hops][:100]
    return direct or "local"


def host_allowed(host: str, allowed: list[str]) -> bool:
    """Tell whether a host may be echoed: exact, `.example.org` with subdomains, or `*`."""
    name = host.rstrip(".").lower()
    for pattern in allowed:
        rule = pattern.lower()
        if rule in ("*", name):
            return True
        if rule.startswith(".") and (name == rule[1:] or name.endswith(rule)):
            return True
    return False
