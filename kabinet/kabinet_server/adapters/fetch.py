"""Reads addresses that people typed: bounded, and never a way into the private network.

The guard sits where a connection is opened, so that a name which resolves to something else a
moment later, or a redirect, gets no further. A proxy is asked for what the guard has let pass.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from kabinet_server.adapters.tunnel import Proxy
from kabinet_server.config import SourcesConfig
from kabinet_server.domain.errors import SourceRefused, SourceUnreachable, SourceUnreadable

_MOST_REDIRECTS = 5
_MOST_WAITS = 3
_LONGEST_WAIT_SECONDS = 10.0
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class AllowedHosts:
    """Hosts an admin lets the store read although they are private, or over plain HTTP.

    An entry is `host` or `host:port`; with `http://` before it, it is read over plain HTTP.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._hosts: set[str] = set()
        self._plain: set[str] = set()
        for entry in entries:
            host = entry.lower().removeprefix("https://")
            if host.startswith("http://"):
                host = host.removeprefix("http://")
                self._plain.add(host)
            self._hosts.add(host)
            if _without_port(host) in _LOOPBACK:
                self._plain.add(host)

    def knows(self, host: str, port: int | None) -> bool:
        """Tell whether a host may be private."""
        return not self._hosts.isdisjoint(_names(host, port))

    def is_plain(self, host: str, port: int | None) -> bool:
        """Tell whether a host is read over plain HTTP."""
        return not self._plain.isdisjoint(_names(host, port))


def _names(host: str, port: int | None) -> set[str]:
    name = f"[{host}]" if ":" in host and not host.startswith("[") else host.lower()
    return {name} if port is None else {name, f"{name}:{port}"}


def _without_port(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host


@dataclass(frozen=True, slots=True)
class _Way:
    """Whom to connect to: an address, and whether the proxy is asked for it."""

    address: str
    by_proxy: bool


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to public addresses, and to private ones of allowed hosts."""

    def __init__(self, allowed: AllowedHosts, proxy: Proxy | None) -> None:
        self._allowed = allowed
        self._proxy = proxy
        self._inner: httpcore.AsyncNetworkBackend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the name the base class gives it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host, if it may be connected to."""
        way = await self._way(host, port)
        if self._proxy is not None and way.by_proxy:
            return await self._proxy.tunnel(self._inner, way.address, port, timeout)
        return await self._inner.connect_tcp(
            way.address,
            port,
            timeout=timeout,
            local_address=local_address,
            socket_options=socket_options,
        )

    async def _way(self, host: str, port: int) -> _Way:
        loop = asyncio.get_running_loop()
        is_named = self._allowed.knows(host, port)
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            if self._proxy is None:
                raise httpcore.ConnectError(f"{host} has no address") from error
            return self._unknown(host, is_named=is_named)
        addresses = [str(entry[4][0]) for entry in found]
        is_private = not all(_is_global(address) for address in addresses)
        if is_private and not is_named:
            raise SourceRefused(
                f"{host} is in a private network; an admin can allow it in sources.allowed_hosts."
            )
        # A proxy leads out; what is near is asked without it.
        straight = self._proxy is None or is_private or self._proxy.leaves_out(host, addresses[0])
        if straight or not is_named:
            # The address that was looked at: the proxy may know another one for the name.
            return _Way(addresses[0], by_proxy=not straight)
        return _Way(host, by_proxy=True)

    def _unknown(self, host: str, *, is_named: bool) -> _Way:
        """Where only the proxy knows addresses, whoever is allowed is asked for by name."""
        if not is_named:
            raise SourceRefused(
                f"{host} has no address here, and the proxy might know a private one; an admin can "
                "allow it in sources.allowed_hosts."
            )
        return _Way(host, by_proxy=True)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def _is_global(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_global


class Fetcher:
    """A client for the time of one reading; use it as a context manager."""

    def __init__(self, config: SourcesConfig, *, trusted: Iterable[str] = ()) -> None:
        self.config = config
        self.allowed = AllowedHosts([*config.allowed_hosts, *trusted])
        transport = httpx.AsyncHTTPTransport(retries=0)
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=config.parallel,
            network_backend=_GuardedBackend(
                self.allowed, Proxy.from_url(config.proxy, config.proxy_exceptions)
            ),
        )
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=config.timeout_seconds,
            follow_redirects=False,
            headers={"User-Agent": "bauhof-kabinet"},
            trust_env=False,
        )
        self._turns = asyncio.Semaphore(config.parallel)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def get(
        self,
        url: str,
        *,
        most_bytes: int,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> Answer:
        """Read an address. Follows redirects; credentials stay with the host they are for."""
        async with self._turns:
            for turn in range(_MOST_WAITS):
                answer = await self._follow(url, dict(headers or {}), most_bytes, method)
                if answer.status != 429 and answer.status < 500:
                    return answer
                if turn < _MOST_WAITS - 1:
                    await asyncio.sleep(_wait_of(answer))
        host = urlsplit(url).hostname
        raise SourceUnreachable(f"{host} is busy or broken; it is read again later.")

    async def _follow(
        self, url: str, headers: dict[str, str], most_bytes: int, method: str
    ) -> Answer:
        for _ in range(_MOST_REDIRECTS + 1):
            answer = await self._once(url, headers, most_bytes, method)
            location = answer.headers.get("location")
            if answer.status not in {301, 302, 303, 307, 308} or location is None:
                return answer
            following = urljoin(url, location)
            if urlsplit(following).netloc != urlsplit(url).netloc:
                headers.pop("Authorization", None)
            url = following
        raise SourceUnreadable("The address redirects too often.")

    async def _once(
        self, url: str, headers: Mapping[str, str], most_bytes: int, method: str
    ) -> Answer:
        self._check(url)
        try:
            async with asyncio.timeout(self.config.timeout_seconds * 4):
                async with self._client.stream(method, url, headers=headers) as response:
                    body = await _bounded(response, most_bytes)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise SourceRefused("This is no address that can be read.") from None
        except (httpx.HTTPError, TimeoutError) as error:
            host = urlsplit(url).hostname
            raise SourceUnreachable(f"{host} cannot be read: {_cause(error)}.") from None
        return Answer(response.status_code, response.headers, body, url)

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise SourceRefused("This is no address that can be read.") from None
        if parts.scheme not in {"http", "https"} or not host or parts.username:
            raise SourceRefused("Only http and https addresses without a login can be read.")
        if parts.scheme == "http" and not self.allowed.is_plain(host, port):
            raise SourceRefused(
                f"{host} would be read over plain HTTP; an admin can allow it in "
                f"sources.allowed_hosts as http://{parts.netloc}."
            )


async def _bounded(response: httpx.Response, most_bytes: int) -> bytes:
    declared = response.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most_bytes and response.request.method != "HEAD":
        raise SourceUnreadable(f"The answer is larger than {most_bytes} bytes.")
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes(_CHUNK):
        size += len(part)
        if size > most_bytes:
            raise SourceUnreadable(f"The answer is larger than {most_bytes} bytes.")
        parts.append(part)
    return b"".join(parts)


def _wait_of(answer: Answer) -> float:
    asked = answer.headers.get("retry-after", "")
    seconds = float(asked) if asked.replace(".", "", 1).isdigit() else 1.0
    return min(seconds, _LONGEST_WAIT_SECONDS)


def _cause(error: Exception) -> str:
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "it does not answer in time"
    return str(error) or type(error).__name__
