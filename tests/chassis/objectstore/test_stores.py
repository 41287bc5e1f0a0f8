"""The calls of the contract, on the drivers and on the in-memory twin alike."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from chassis import clock
from chassis.objectstore.config import ObjectStoreConfig
from chassis.objectstore.contract import GrantScope, Mode, ObjectStore, walk
from chassis.objectstore.errors import ObjectExists, ObjectNotFound, RangeNotSatisfiable
from chassis.objectstore.stores import open_store
from conftest import TARGETS


@pytest.fixture(params=("memory", *TARGETS))
async def any_store(request: pytest.FixtureRequest) -> AsyncIterator[ObjectStore]:
    config = ObjectStoreConfig(driver="memory")
    if request.param != "memory":
        config = request.getfixturevalue(request.param).config
    store = open_store(config)
    await store.ensure_buckets()
    yield store
    await store.aclose()


async def test_the_services_own_calls(any_store: ObjectStore, prefix: str) -> None:
    bucket = "mikro-media"
    made = await any_store.put(bucket, f"{prefix}/a ü", b"0123456789", content_type="text/x-t")
    assert made.etag == hashlib.md5(b"0123456789").hexdigest()
    info = await any_store.head(bucket, f"{prefix}/a ü")
    assert (info.size, info.etag, info.content_type) == (10, made.etag, "text/x-t")
    assert await any_store.get(bucket, f"{prefix}/a ü", start=2, length=3) == b"234"
    assert await any_store.get(bucket, f"{prefix}/a ü", start=-3) == b"789"
    assert (
        b"".join([part async for part in any_store.stream(bucket, f"{prefix}/a ü")])
        == b"0123456789"
    )
    for number in range(5):
        await any_store.put(bucket, f"{prefix}/n/{number}", b"x")
    page = await any_store.list(bucket, f"{prefix}/", limit=4)
    assert page.objects[0].key == f"{prefix}/a ü"
    rest = await any_store.list(bucket, f"{prefix}/", after=page.next_after)
    assert [one.key for one in rest.objects] == [f"{prefix}/n/3", f"{prefix}/n/4"]
    assert rest.next_after is None
    await any_store.delete(bucket, f"{prefix}/a ü")
    await any_store.delete(bucket, f"{prefix}/a ü")
    await any_store.check()


async def test_ranges_are_those_of_a_slice(any_store: ObjectStore, prefix: str) -> None:
    data = b"0123456789"
    await any_store.put("mikro-media", f"{prefix}/r", data)
    for start, length in itertools.product([-20, -5, 0, 4, 9], [None, 1, 5, 20]):
        begin = max(len(data) + start, 0) if start < 0 else start
        wanted = data[begin:][: len(data) if length is None else length]
        found = await any_store.get("mikro-media", f"{prefix}/r", start=start, length=length)
        assert found == wanted, (start, length)


async def test_what_is_not_there_has_an_error_of_its_own(
    any_store: ObjectStore, prefix: str
) -> None:
    bucket, key = "mikro-media", f"{prefix}/none"
    with pytest.raises(ObjectNotFound):
        await any_store.head(bucket, key)
    with pytest.raises(ObjectNotFound):
        await any_store.get(bucket, key)
    with pytest.raises(ObjectNotFound):
        [part async for part in any_store.stream(bucket, key)]
    await any_store.put(bucket, key, b"x", create_only=True)
    with pytest.raises(ObjectExists):
        await any_store.put(bucket, key, b"y", create_only=True)
    with pytest.raises(RangeNotSatisfiable):
        await any_store.get(bucket, key, start=5)
    assert await any_store.get(bucket, key) == b"x"


async def test_delete_prefix_empties_it_and_no_more(any_store: ObjectStore, prefix: str) -> None:
    bucket = "mikro-media"
    for key in (f"{prefix}/1", f"{prefix}/2/3", f"{prefix}x/1"):
        await any_store.put(bucket, key, b"x")
    assert await any_store.delete_prefix(bucket, f"{prefix}/") == 2
    assert await any_store.delete_prefix(bucket, f"{prefix}/") == 0
    left = [info.key async for info in walk(any_store, bucket, prefix)]
    assert left == [f"{prefix}x/1"]


async def test_grants_say_when_they_end(any_store: ObjectStore, prefix: str) -> None:
    scope = GrantScope(bucket="mikro-media", prefix=prefix, expires_seconds=1000)
    before = clock.now()
    grant = await any_store.grant_write(scope)
    assert (grant.bucket, grant.path, grant.expires_seconds) == ("mikro-media", prefix, 1000)
    assert before < grant.expires_at <= clock.now() + timedelta(seconds=1000)
    assert (await any_store.grant_read(scope)).scope.mode is Mode.READ
    assert grant.scope.mode is Mode.WRITE
    assert grant.secret_key not in repr(grant) and grant.session_token not in repr(grant)
