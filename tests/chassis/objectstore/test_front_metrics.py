"""What the front counts, as a process of its own under real clients."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from servers import BotoClient, FrontProcess, Refused

from chassis.objectstore.contract import Grant, GrantScope
from chassis.objectstore.stores import FrontStore

SIZE = 700_000
LARGE = 5_000_000


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[FrontProcess]:
    """A front nobody else asks."""
    made = FrontProcess(tmp_path).start()
    yield made
    made.stop()


def granted(alone: FrontProcess) -> Grant:
    async def make() -> Grant:
        store = FrontStore(alone.target.config)
        grant = await store.grant_write(GrantScope(bucket="mikro-zarr", prefix="acme/1"))
        await store.aclose()
        return grant

    return asyncio.run(make())


def told(alone: FrontProcess) -> dict[tuple[str, ...], float]:
    answer = httpx.get(alone.url + "/objectstore/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name.startswith("bauhof_")
    }


def test_requests_and_bytes_are_counted(alone: FrontProcess) -> None:
    client = BotoClient(alone.url, granted(alone))
    client.put("acme/1/a", b"x" * SIZE)
    client.put("acme/1/b", b"y" * LARGE)
    assert client.get("acme/1/b") == b"y" * LARGE
    with pytest.raises(Refused):
        client.get("acme/1/none")
    found = told(alone)
    requests = "bauhof_objectstore_requests_total"
    assert found[requests, "PUT", "200"] == 2
    assert found[requests, "GET", "200"] == 1
    assert found[requests, "GET", "404"] == 1
    assert found["bauhof_objectstore_received_bytes_total",] >= SIZE + LARGE
    assert LARGE < found["bauhof_objectstore_sent_bytes_total",] < LARGE + SIZE
    assert 0 < found["bauhof_disk_used_share",] <= 1


def test_those_who_only_look_are_not_counted(alone: FrontProcess) -> None:
    for _ in range(3):
        assert httpx.get(alone.url + "/minio/health/live").status_code == 200
        told(alone)
    assert not [key for key in told(alone) if key[0] == "bauhof_objectstore_requests_total"]


def test_strange_methods_are_one_label(alone: FrontProcess) -> None:
    for method in ("BREW", "WHEN"):
        httpx.request(method, alone.url + "/mikro-zarr/x")
    found = [key for key in told(alone) if key[0] == "bauhof_objectstore_requests_total"]
    assert len(found) == 1 and found[0][1] == "OTHER"


def test_nobody_is_named(alone: FrontProcess) -> None:
    grant = granted(alone)
    BotoClient(alone.url, grant).put("acme/1/secret-name", b"x")
    text = httpx.get(alone.url + "/objectstore/metrics").text
    for word in ("acme", "secret-name", grant.access_key, str(alone.home)):
        assert word not in text


def test_it_is_told_by_reading_alone(alone: FrontProcess) -> None:
    assert httpx.head(alone.url + "/objectstore/metrics").status_code == 200
    assert httpx.put(alone.url + "/objectstore/metrics", content=b"x").status_code == 403
    assert httpx.get(alone.url + "/objectstore/other").status_code == 403
