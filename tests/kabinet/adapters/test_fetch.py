"""What people type never opens a way into the private network."""

from __future__ import annotations

import pytest
from servers import serving

from chassis.config import current
from kabinet_server.adapters.fetch import AllowedHosts, Fetcher
from kabinet_server.config import KabinetConfig
from kabinet_server.domain.errors import SourceRefused, SourceUnreachable, SourceUnreadable


async def get(url, *, allowed=(), most_bytes=1000, **options):
    config = current(KabinetConfig).sources.model_copy(update={"timeout_seconds": 1.0})
    async with Fetcher(config, trusted=allowed) as fetcher:
        return await fetcher.get(url, most_bytes=most_bytes, **options)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://10.1.2.3/x",
        "https://192.168.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[fd00::1]/x",
        "https://0.0.0.0/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://2130706433/x",
    ],
)
async def test_private_addresses_are_refused_however_they_are_written(url):
    with pytest.raises(SourceRefused, match="allowed_hosts"):
        await get(url)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "file:///etc/passwd",
        "https://ada:hush@example.org/x",
        "https:///x",
        "https://example.org:99999/x",
        "gopher:x",
        "",
    ],
)
async def test_other_schemes_and_logins_are_refused(url):
    with pytest.raises(SourceRefused):
        await get(url)


async def test_plain_http_needs_permission():
    with pytest.raises(SourceRefused, match="plain HTTP"):
        await get("http://example.org/x")


async def test_an_allowed_host_is_read():
    with serving(lambda method, path, headers: (200, {"ETag": "x"}, b"hello")) as site:
        answer = await get(f"{site.address}/a", allowed=[site.host])
        assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"hello", "x")
        with pytest.raises(SourceRefused):
            await get(f"{site.address}/a", allowed=["127.0.0.1:1"])


async def test_a_redirect_into_the_private_network_is_refused():
    target = {"Location": "https://10.0.0.1/secret"}
    with (
        serving(lambda method, path, headers: (302, target, b"")) as site,
        pytest.raises(SourceRefused, match=r"10\.0\.0\.1"),
    ):
        await get(f"{site.address}/a", allowed=[site.host])


async def test_credentials_stay_with_their_host():
    with serving(lambda method, path, headers: (200, {}, b"there")) as other:
        target = {"Location": f"{other.address}/b"}
        with serving(lambda method, path, headers: (307, target, b"")) as site:
            answer = await get(
                f"{site.address}/a",
                allowed=[site.host, other.host],
                headers={"Authorization": "Bearer x", "Accept": "y"},
            )
        assert answer.body == b"there"
        assert site.asked[0][2]["authorization"] == "Bearer x"
        assert "authorization" not in other.asked[0][2]
        assert other.asked[0][2]["accept"] == "y"


async def test_redirects_end():
    with (
        serving(lambda method, path, headers: (302, {"Location": "/again"}, b"")) as site,
        pytest.raises(SourceUnreadable, match="too often"),
    ):
        await get(f"{site.address}/a", allowed=[site.host])
    assert len(site.asked) == 6


async def test_an_answer_is_bounded_whatever_it_declares():
    def endless(method, path, headers):
        declared = {"Content-Length": "5000"} if "declared" in path else {}
        return 200, declared, b"x" * 5000

    with serving(endless) as site:
        for path in ("declared", "plain"):
            with pytest.raises(SourceUnreadable, match="larger than 1000"):
                await get(f"{site.address}/{path}", allowed=[site.host])
        assert len((await get(f"{site.address}/a", allowed=[site.host], most_bytes=5000)).body)


async def test_what_is_not_there_is_told_in_words():
    with pytest.raises(SourceUnreachable, match=r"127\.0\.0\.1 cannot be read"):
        await get("http://127.0.0.1:9/x", allowed=["127.0.0.1:9"])
    with pytest.raises(SourceUnreachable):
        await get("https://no-such-host.invalid/x")


def test_hosts_are_allowed_with_or_without_their_port():
    hosts = AllowedHosts(["Gitea.lab", "http://plain.lab:8080", "localhost:5000", "[::1]"])
    assert hosts.knows("gitea.lab", 443)
    assert hosts.knows("gitea.lab", None)
    assert not hosts.is_plain("gitea.lab", 80)
    assert hosts.is_plain("plain.lab", 8080)
    assert not hosts.knows("plain.lab", 80)
    assert hosts.is_plain("localhost", 5000)
    assert not hosts.knows("localhost", 5001)
    assert hosts.is_plain("::1", 80)
    assert not hosts.knows("example.org", 443)
