"""Reading registries that behave, that are slow, and that lie."""

from __future__ import annotations

import base64

import pytest
from images import descriptor, digest_of

from chassis.config import current
from kabinet_server.adapters.fetch import Fetcher
from kabinet_server.adapters.registry import Registry, read_oci_repo, resolve_digests
from kabinet_server.config import KabinetConfig
from kabinet_server.domain.errors import SourceRefused, SourceUnreachable, SourceUnreadable
from kabinet_server.domain.image import FlavourImage, ReleaseImages


async def read(registry, login=None, **options):
    async with Fetcher(current(KabinetConfig).sources) as fetcher:
        host = registry.site.host
        found = Registry(fetcher, host, registry.repository, login)
        return await read_oci_repo(found, **options)


def versions(reading):
    return [(one.version, one.channel) for one in reading.releases]


async def test_releases_are_found_among_images(allowed):
    allowed.release("1.0.0", descriptor(version="1.0.0"))
    allowed.release("1.1.0", descriptor("org.example.cells", "1.1.0", "vanilla", "cuda"))
    for tag in ("1.0.0-vanilla", "1.1.0-vanilla", "1.1.0-cuda", "latest"):
        allowed.image(tag)
    reading = await read(allowed)
    assert versions(reading) == [("1.0.0", None), ("1.1.0", None)]
    assert [one.name for one in reading.releases[1].flavours] == ["vanilla", "cuda"]
    assert reading.problems == []
    # The images of releases are known by their tags and are not looked at.
    assert not allowed.site.paths("manifests/1.1.0-cuda")
    assert allowed.site.paths("manifests/latest")


async def test_channels_are_followed_when_asked_for_alone(allowed):
    head = descriptor(version="1.1.0-dev.abc", channel="main", revision="abc")
    allowed.release("main", head)
    allowed.release("next", descriptor(version="2.0.0-dev.abc", channel="next"))
    assert versions(await read(allowed)) == []
    assert versions(await read(allowed, channels=["main"])) == [("1.1.0-dev.abc", "main")]
    gone = await read(allowed, channels=["gone"])
    assert [(one.image, one.message) for one in gone.problems] == [
        ("gone", "the repository has no such channel")
    ]


async def test_a_release_under_another_tag_than_its_version_is_no_second_one(allowed):
    allowed.release("1.0.0", descriptor(version="1.0.0"))
    allowed.release("stable", descriptor(version="1.0.0"))
    assert versions(await read(allowed)) == [("1.0.0", None)]


async def test_tags_come_in_pages(allowed):
    allowed.page = 3
    for number in range(10):
        allowed.release(f"1.{number}", descriptor(version=f"1.{number}"))
    reading = await read(allowed)
    assert len(reading.releases) == 10
    assert len(allowed.site.paths("tags/list")) == 4


async def test_pages_that_lead_back_into_themselves_are_refused(allowed):
    allowed.page, allowed.loops = 1, True
    for tag in ("a", "b"):
        allowed.image(tag)
    with pytest.raises(SourceUnreadable, match="back into itself"):
        await read(allowed)


async def test_pages_of_another_host_are_not_followed(allowed):
    link = {"Link": '<http://10.0.0.1/v2/x/tags/list?n=1>; rel="next"'}
    allowed.trick("tags/list", (200, link, b'{"tags": []}'))
    with pytest.raises(SourceUnreadable, match="back into itself"):
        await read(allowed)


async def test_too_many_tags_are_refused(allowed, configure):
    configure(sources={"tags": 2})
    for tag in ("a", "b", "c"):
        allowed.image(tag)
    with pytest.raises(SourceUnreadable, match=r"sources\.tags"):
        await read(allowed)


async def test_a_blob_that_is_not_its_digest_costs_only_that_release(allowed):
    good, bad = descriptor(version="1.0.0"), descriptor(version="2.0.0")
    allowed.release("1.0.0", good)
    allowed.release("2.0.0", bad)
    allowed.blobs[f"sha256:{digest_of(bad)}"] = bad.replace(b"ada", b"eve")
    reading = await read(allowed)
    assert versions(reading) == [("1.0.0", None)]
    [problem] = reading.problems
    assert problem.image == "2.0.0"
    assert "The registry sent sha256:" in problem.message


async def test_a_manifest_that_is_not_its_digest_is_told(allowed):
    allowed.release("1.0.0", descriptor(version="1.0.0"))
    lie = {"Docker-Content-Digest": "sha256:" + "0" * 64}
    allowed.trick("manifests/1.0.0", (200, lie, allowed.tags["1.0.0"]))
    [problem] = (await read(allowed)).problems
    assert "The registry says" in problem.message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"not json", "did not answer with JSON"),
        (b"[]", "JSON object"),
        (b"[" * 100_000, "did not answer with JSON"),
    ],
)
async def test_nonsense_is_told(allowed, body, words):
    allowed.image("1.0.0")
    allowed.trick("manifests/1.0.0", (200, {}, body))
    [problem] = (await read(allowed)).problems
    assert words in problem.message


@pytest.mark.parametrize("digest", ["../../etc/passwd", "sha256:short", "md5:" + "0" * 32])
async def test_what_is_no_digest_is_not_asked_for(allowed, digest):
    allowed.release("1.0.0", descriptor(version="1.0.0"))
    allowed.tags["1.0.0"] = allowed.tags["1.0.0"].replace(
        f"sha256:{digest_of(descriptor(version='1.0.0'))}".encode(), digest.encode()
    )
    [problem] = (await read(allowed)).problems
    assert "is no digest" in problem.message
    assert not allowed.site.paths("passwd")


async def test_a_bad_descriptor_names_its_field(allowed):
    allowed.release("1.0.0", descriptor(version="1.0.0", flavours="none"))
    allowed.release("2.0.0", descriptor(version="2.0.0", spec_version=9))
    problems = (await read(allowed)).problems
    assert sorted(one.message.partition(":")[0] for one in problems) == [
        "flavours",
        "spec_version",
    ]


async def test_a_large_descriptor_is_not_read(allowed, configure):
    configure(sources={"descriptor_bytes": 2000})
    allowed.release("1.0.0", descriptor(version="1.0.0", source="x" * 5000))
    [problem] = (await read(allowed)).problems
    assert "larger than 2000 bytes" in problem.message


async def test_a_busy_registry_is_asked_again(allowed):
    allowed.release("1.0.0", descriptor(version="1.0.0"))
    busy = (429, {"Retry-After": "0"}, b"")
    allowed.trick("manifests", busy, busy)
    assert versions(await read(allowed)) == [("1.0.0", None)]


async def test_a_registry_that_stays_busy_is_left_for_later(allowed):
    allowed.trick("tags/list", *[(429, {"Retry-After": "0"}, b"")] * 3)
    with pytest.raises(SourceUnreachable, match="later"):
        await read(allowed)


async def test_an_absent_repository_is_told(allowed):
    allowed.repository = "org/other"
    async with Fetcher(current(KabinetConfig).sources) as fetcher:
        found = Registry(fetcher, allowed.site.host, "org/cells")
        with pytest.raises(SourceUnreadable, match="no repository org/cells"):
            await read_oci_repo(found)


async def test_a_token_is_fetched_once_and_used(allowed):
    allowed.token = "let-me-in"
    for number in range(5):
        allowed.release(f"1.{number}", descriptor(version=f"1.{number}"))
    assert len((await read(allowed)).releases) == 5
    [asked] = allowed.site.paths("/token")
    assert "service=here" in asked
    assert "scope=repository" in asked


async def test_a_login_goes_to_the_realm(allowed):
    allowed.token = "let-me-in"
    allowed.password = "Basic " + base64.b64encode(b"ada:hush").decode()
    allowed.release("1.0.0", descriptor(version="1.0.0"))
    login = {"username": "ada", "password": "hush"}
    assert len((await read(allowed, login)).releases) == 1
    with pytest.raises(SourceRefused, match="answered 401"):
        await read(allowed)


async def test_a_registry_without_a_way_to_log_in_is_told(allowed):
    allowed.trick("tags/list", (401, {}, b""))
    with pytest.raises(SourceRefused, match="credentials_file"):
        await read(allowed)


async def test_a_registry_that_forbids_is_told(allowed):
    allowed.trick("tags/list", (403, {}, b""))
    with pytest.raises(SourceRefused, match="does not let"):
        await read(allowed)


async def test_registries_can_be_limited(allowed, configure):
    configure(sources={"registry_hosts": ["ghcr.io"]})
    with pytest.raises(SourceRefused, match="registry_hosts"):
        await read(allowed)


async def test_what_has_not_changed_is_not_read_again(allowed):
    allowed.release("1.0.0", descriptor(version="1.0.0"))
    allowed.image("latest")
    first = await read(allowed)
    allowed.site.asked.clear()
    allowed.release("2.0.0", descriptor(version="2.0.0"))
    again = await read(allowed, seen=first.seen)
    assert versions(again) == [("2.0.0", None)]
    assert again.unchanged == [("org.example.cells", "1.0.0", None)]
    assert len(allowed.site.paths("blobs")) == 1


async def test_a_release_that_was_pushed_anew_is_read_anew(allowed):
    allowed.release("1.0.0", descriptor(version="1.0.0"))
    first = await read(allowed)
    allowed.release("1.0.0", descriptor("org.example.cells", "1.0.0", "cuda"))
    again = await read(allowed, seen=first.seen)
    assert [one.name for one in again.releases[0].flavours] == ["cuda"]


async def test_a_release_that_cannot_be_read_this_time_is_remembered(allowed):
    allowed.release("1.0.0", descriptor(version="1.0.0"))
    first = await read(allowed)
    allowed.tags["1.0.0"] = b"{}x"
    [problem] = (await read(allowed, seen=first.seen)).problems
    assert problem.release == ("org.example.cells", "1.0.0", None)


async def test_tags_of_images_are_resolved_to_digests(allowed):
    digest = allowed.image("1.0")
    host = allowed.site.host
    images = [
        f"{host}/org/cells:1.0",
        f"{host}/org/cells:gone",
        "Not an image",
        "ghcr.io/a/b@sha256:1",
    ]
    flavours = [FlavourImage(str(place), image) for place, image in enumerate(images)]
    flavours[3] = FlavourImage("3", images[3], digest="sha256:1")
    async with Fetcher(current(KabinetConfig).sources) as fetcher:
        [found] = await resolve_digests(fetcher, [ReleaseImages("a", "1", flavours)], {})
    assert [one.digest for one in found.flavours] == [digest, None, None, "sha256:1"]
    assert "did not tell the digest" in found.flavours[1].warnings[0]
