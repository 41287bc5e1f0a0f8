"""The object store of the process: opened once, borrowed by jobs, counted by prefixes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.errors import Unavailable
from chassis.objectstore.errors import ObjectNotFound, StorageUnavailable
from chassis.objectstore.memory import MemoryStore
from mikro_server.adapters import objects as adapter

NAMES = st.dictionaries(
    st.text("abc/", min_size=1, max_size=8), st.binary(max_size=20), min_size=1, max_size=8
)


@pytest.fixture
def store(objects):
    return objects


async def filled(names) -> MemoryStore:
    store = MemoryStore()
    for name, data in names.items():
        await store.put("b", f"o/s/{name}", data)
    return store


async def measured(names):
    adapter.set_object_store(await filled(names))
    return await adapter.content_of_prefix("b", "o/s")


@settings(max_examples=40)
@given(NAMES)
async def test_a_prefix_is_counted_whole(names):
    found = await measured(names)
    assert found.objects == len(names)
    assert found.size == sum(len(data) for data in names.values())


@settings(max_examples=40)
@given(NAMES, st.data())
async def test_the_digest_changes_with_every_change(names, data):
    before = await measured(names)
    assert (await measured(dict(reversed(names.items())))).digest == before.digest
    name = data.draw(st.sampled_from(sorted(names)))
    changed = {**names, name: names[name] + b"x"}
    assert (await measured(changed)).digest != before.digest
    fewer = {key: value for key, value in names.items() if key != name}
    assert (await measured(fewer)).digest != before.digest
    renamed = {**fewer, f"{name}z": names[name]}
    assert (await measured(renamed)).digest != before.digest


async def test_what_lies_beside_a_prefix_is_not_counted(store):
    for key in ("o/s/a", "o/s2/b", "o/sx", "o/s", "p/o/s/c"):
        await store.put("b", key, b"12345")
    await store.put("c", "o/s/d", b"12345")
    assert (await adapter.content_of_prefix("b", "o/s")).objects == 1
    assert (await adapter.content_of_prefix("b", "o/none")).objects == 0


async def test_one_object_is_known_by_its_etag(store):
    info = await store.put("b", "o/f", b"data")
    found = await adapter.content_of_object("b", "o/f")
    assert (found.size, found.objects, found.digest) == (4, 1, info.etag)
    with pytest.raises(ObjectNotFound):
        await adapter.content_of_object("b", "o/g")


async def test_before_the_start_there_is_no_store():
    adapter.set_object_store(None)
    with pytest.raises(Unavailable):
        adapter.object_store()


async def test_a_job_borrows_the_store_of_a_test(store):
    async with adapter.borrowed_store() as borrowed:
        assert borrowed is store


async def test_a_service_starts_while_its_store_is_away(store, monkeypatch):
    async def away():
        raise StorageUnavailable("The object store does not answer.")

    monkeypatch.setattr(store, "ensure_buckets", away)
    async with adapter.serving_objects():
        assert adapter.object_store() is store


async def test_the_buckets_are_made_once_the_store_is_back(store, monkeypatch):
    asked = []

    async def back_at_the_third_time():
        asked.append(1)
        if len(asked) < 3:
            raise StorageUnavailable("The object store does not answer.")

    monkeypatch.setattr(store, "ensure_buckets", back_at_the_third_time)
    monkeypatch.setattr(adapter, "RETRY_SECONDS", 0)
    async with adapter.serving_objects():
        while len(asked) < 3:
            await adapter.asyncio.sleep(0)
    assert len(asked) == 3
