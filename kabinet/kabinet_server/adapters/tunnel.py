"""A forward proxy on the way to hosts elsewhere: asked for a tunnel, whatever goes through it.

What the proxy is asked for was looked at before: it opens no way that is shut without it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import httpcore

_MOST_BYTES = 16 * 1024
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy listens, and for whom it is not asked."""

    host: str
    port: int
    exceptions: tuple[str, ...] = ()

    @classmethod
    def from_url(cls, url: str | None, exceptions: Iterable[str] = ()) -> Self | None:
        """Return the proxy of an address `http://HOST:PORT`; None for none."""
        if url is None:
            return None
        parts = urlsplit(url)
        return cls(parts.hostname or "", parts.port or 80, tuple(one.lower() for one in exceptions))

    def leaves_out(self, host: str, address: str) -> bool:
        """Tell whether a host is asked straight: by name, by a domain above it, or by address."""
        return any(_matches(entry, host.lower(), address) for entry in self.exceptions)

    async def tunnel(
        self,
        network: httpcore.AsyncNetworkBackend,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the name of the backend it belongs to
    ) -> httpcore.AsyncNetworkStream:
        """Open a connection to a host through the proxy.

        Raises:
            httpcore.ConnectError: the proxy is not there or does not want to.
        """
        try:
            stream = await network.connect_tcp(self.host, self.port, timeout=timeout)
        except httpcore.ConnectError as error:
            raise httpcore.ConnectError(f"the proxy {self.host} cannot be reached") from error
        try:
            place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            request = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n"
            await stream.write(request.encode("ascii"), timeout=timeout)
            status = await self._answer(stream, timeout)
            if status != "200":
                raise httpcore.ConnectError(f"the proxy {self.host} answered {status}")
        except BaseException:
            await stream.aclose()
            raise
        return stream

    async def _answer(
        self,
        stream: httpcore.AsyncNetworkStream,
        timeout: float | None,  # noqa: ASYNC109 - as above
    ) -> str:
        # Nobody speaks in a tunnel before we do, so nothing of it can be read too early.
        text = b""
        while _END not in text:
            part = await stream.read(1024, timeout=timeout)
            text += part
            if not part or len(text) > _MOST_BYTES:
                raise httpcore.ConnectError(f"the proxy {self.host} answered nothing readable")
        version, _, rest = text.partition(b"\r\n")[0].decode("latin1").partition(" ")
        return rest[:3] if version.startswith("HTTP/1.") else "nothing readable"


def _matches(entry: str, host: str, address: str) -> bool:
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        name = entry.removeprefix(".")
        return host.endswith(f".{name}") or (host == name and entry == name)
