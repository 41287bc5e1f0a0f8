"""Reading through a forward proxy: it is used, and opens no way that is shut without it."""

from __future__ import annotations

import asyncio
import socket

import pytest
from forward_proxy import ForwardProxy, forward_proxy
from pydantic import ValidationError
from servers import Site, serving

from chassis.config import current
from kabinet_server.adapters.fetch import Fetcher
from kabinet_server.adapters.tunnel import Proxy
from kabinet_server.config import KabinetConfig, SourcesConfig
from kabinet_server.domain.errors import SourceRefused, SourceUnreachable

PUBLIC, PRIVATE = "93.184.215.14", "10.1.2.3"


@pytest.fixture
def proxy():
    with forward_proxy() as made:
        yield made


@pytest.fixture
def site():
    with serving(lambda method, path, headers: (200, {}, b"hello")) as made:
        yield made


@pytest.fixture
def names(monkeypatch) -> dict[str, str]:
    """What names mean here; those that are not in it mean nothing."""
    known: dict[str, str] = {}
    loop = asyncio.BaseEventLoop
    before = loop.getaddrinfo

    async def look(self, host, port, **options):
        if host not in known:
            host = host.decode() if isinstance(host, bytes) else host
            if not host.replace(".", "").isdigit():
                raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return await before(self, known.get(host, host), port, **options)

    monkeypatch.setattr(loop, "getaddrinfo", look)
    return known


async def get(proxy: ForwardProxy, url: str, *, allowed=(), exceptions=()) -> bytes:
    values = {"proxy": proxy.url, "proxy_exceptions": list(exceptions)}
    config = current(KabinetConfig).sources.model_copy(update=values)
    async with Fetcher(config, trusted=allowed) as fetcher:
        return (await fetcher.get(url, most_bytes=1000)).body


async def test_a_host_that_was_named_is_asked_for_by_its_name(
    proxy: ForwardProxy, site: Site, names: dict[str, str]
) -> None:
    names["apps.example"] = PUBLIC
    proxy.leads_to["apps.example:80"] = site.host
    assert await get(proxy, "http://apps.example/a", allowed=["http://apps.example"]) == b"hello"
    assert proxy.asked == ["apps.example:80"]
    assert site.asked[0][2]["host"] == "apps.example"


async def test_any_other_is_asked_for_by_the_address_that_was_looked_at(
    proxy: ForwardProxy, names: dict[str, str]
) -> None:
    names["apps.example"] = PUBLIC
    proxy.refusal = b"HTTP/1.1 403 Forbidden\r\n\r\n"
    with pytest.raises(SourceUnreachable, match=r"apps\.example cannot be read: .*answered 403"):
        await get(proxy, "https://apps.example/a")
    # By its name the proxy might find something else.
    assert proxy.asked == [f"{PUBLIC}:443"]


@pytest.mark.parametrize(
    "url",
    [
        "https://inside.example/x",
        "https://127.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://unheard.example/x",
    ],
)
async def test_it_is_no_way_around_the_guard(
    proxy: ForwardProxy, names: dict[str, str], url: str
) -> None:
    names |= {"inside.example": PRIVATE, "::1": "::1"}
    with pytest.raises(SourceRefused, match=r"sources\.allowed_hosts"):
        await get(proxy, url)
    assert proxy.asked == []


async def test_a_redirect_into_the_private_network_is_refused_behind_it_too(
    proxy: ForwardProxy, names: dict[str, str]
) -> None:
    names |= {"apps.example": PUBLIC, "inside.example": PRIVATE}
    target = {"Location": "https://inside.example/secret"}
    with serving(lambda method, path, headers: (302, target, b"")) as site:
        proxy.leads_to["apps.example:80"] = site.host
        with pytest.raises(SourceRefused, match=r"inside\.example"):
            await get(proxy, "http://apps.example/a", allowed=["http://apps.example"])
    assert proxy.asked == ["apps.example:80"]


async def test_where_names_mean_nothing_those_that_were_named_are_read(
    proxy: ForwardProxy, site: Site, names: dict[str, str]
) -> None:
    proxy.leads_to["far.example:80"] = site.host
    assert await get(proxy, "http://far.example/a", allowed=["http://far.example"]) == b"hello"
    assert names == {} and proxy.asked == ["far.example:80"]


async def test_what_is_near_is_asked_without_it(
    proxy: ForwardProxy, site: Site, names: dict[str, str]
) -> None:
    assert await get(proxy, f"{site.address}/a", allowed=[site.host]) == b"hello"
    names["git.lab"] = "127.0.0.1"
    port = site.host.rpartition(":")[2]
    address = f"http://git.lab:{port}"
    assert await get(proxy, f"{address}/a", allowed=[address]) == b"hello"
    assert proxy.asked == [] and len(site.asked) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "answered 407"),
        (b"SSH-2.0-x\r\n\r\n", "answered nothing readable"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 4000, "answered nothing readable"),
        (b"HTTP/1.1 200 OK\r\n", "answered nothing readable"),
    ],
)
async def test_a_proxy_that_does_not_want_to_is_told_in_words(
    proxy: ForwardProxy, names: dict[str, str], answer: bytes, said: str
) -> None:
    names["apps.example"] = PUBLIC
    proxy.refusal = answer
    with pytest.raises(SourceUnreachable, match=rf"the proxy 127\.0\.0\.1 {said}"):
        await get(proxy, "https://apps.example/a")


async def test_a_proxy_that_is_away_is_told_in_words(names: dict[str, str]) -> None:
    names["apps.example"] = PUBLIC
    with forward_proxy() as gone:
        pass
    with pytest.raises(SourceUnreachable, match=r"the proxy 127\.0\.0\.1 cannot be reached"):
        await get(gone, "https://apps.example/a")


@pytest.mark.parametrize(
    ("entry", "host", "address", "is_left_out"),
    [
        ("example.org", "example.org", PUBLIC, True),
        ("example.org", "a.Example.org", PUBLIC, True),
        ("example.org", "badexample.org", PUBLIC, False),
        (".example.org", "a.example.org", PUBLIC, True),
        (".example.org", "example.org", PUBLIC, False),
        ("93.184.0.0/16", "example.org", PUBLIC, True),
        (PUBLIC, "example.org", PUBLIC, True),
        ("10.0.0.0/8", "example.org", PUBLIC, False),
        ("2001:db8::/32", "example.org", "2001:db8::1", True),
        ("*", "example.org", PUBLIC, True),
    ],
)
def test_exceptions_are_names_domains_and_ranges(entry, host, address, is_left_out) -> None:
    proxy = Proxy.from_url("http://proxy.lab:3128/", [entry])
    assert proxy is not None and (proxy.host, proxy.port) == ("proxy.lab", 3128)
    assert proxy.leaves_out(host, address) is is_left_out


@pytest.mark.parametrize("url", ["https://proxy:1", "proxy:1", "http://ada:hush@proxy:1", "http:"])
def test_what_is_no_proxy_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="without a login"):
        SourcesConfig(proxy=url)
