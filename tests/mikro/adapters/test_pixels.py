"""Regions read out of arrays as zarr writes them, whatever their chunks and codecs."""

from __future__ import annotations

import arrays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec
from zarr.core.buffer import default_buffer_prototype

from chassis.errors import InvalidInput
from chassis.objectstore.errors import ObjectNotFound
from chassis.objectstore.memory import MemoryStore
from mikro_server.adapters.pixels import PrefixStore, read_region
from mikro_server.domain.region import Cut

PLAIN = [{"name": "bytes"}]


async def stored(values, **options) -> MemoryStore:
    store = MemoryStore()
    for name, data in arrays.objects_of(values, **options).items():
        await store.put("b", f"o/s/{name}", data)
    return store


async def read(store, region, codecs=PLAIN):
    return await read_region(store, bucket="b", key="o/s", codecs=codecs, region=region)


@settings(max_examples=25, deadline=None)
@given(st.data())
async def test_any_region_of_any_chunks_is_what_numpy_keeps(data):
    shape = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
    chunks = tuple(data.draw(st.integers(1, size)) for size in shape)
    values = np.arange(np.prod(shape), dtype="int32").reshape(shape) + 1
    store = await stored(values, chunks=chunks)
    region, index = [], []
    for size in shape:
        start = data.draw(st.integers(0, size - 1))
        if data.draw(st.booleans()):
            region.append(Cut(start, start + 1, single=True))
            index.append(start)
        else:
            stop = data.draw(st.integers(start + 1, size))
            region.append(Cut(start, stop))
            index.append(slice(start, stop))
    assert np.array_equal(await read(store, tuple(region)), values[tuple(index)])


@pytest.mark.parametrize(
    "compressors",
    [None, ZstdCodec(level=0), GzipCodec(), BloscCodec()],
    ids=lambda one: str(one)[:9],
)
async def test_each_codec_the_client_may_use_is_read(compressors):
    values = np.arange(400, dtype="uint16").reshape(20, 20)
    store = await stored(values, chunks=(10, 10), compressors=compressors)
    whole = (Cut(0, 20), Cut(0, 20))
    assert np.array_equal(await read(store, whole), values)


async def test_only_the_parts_of_a_shard_that_are_needed_are_read(monkeypatch):
    values = np.random.default_rng(3).integers(0, 60000, (256, 256), dtype="uint16")
    store = await stored(values, chunks=(32, 32), shards=(256, 256), compressors=None)
    sizes = []
    get = store.get

    async def counted(bucket, key, **part):
        data = await get(bucket, key, **part)
        sizes.append(len(data))
        return data

    monkeypatch.setattr(store, "get", counted)
    found = await read(store, (Cut(0, 32), Cut(0, 32)))
    assert np.array_equal(found, values[:32, :32])
    assert sum(sizes) < values.nbytes / 10


async def test_what_was_never_written_is_the_fill_value():
    store = await stored(np.zeros((8, 8), "uint8"), chunks=(4, 4), fill_value=7)
    for name in [key for _, key in store.objects if "/c/" in key]:
        await store.delete("b", name)
    assert (await read(store, (Cut(0, 8), Cut(0, 8))) == 7).all()


@pytest.mark.parametrize(
    "codecs",
    [
        [{"name": "numcodecs.pickle"}],
        [{"name": "sharding_indexed", "configuration": {"codecs": [{"name": "evil"}]}}],
        [{"name": "sharding_indexed", "configuration": {"index_codecs": [{"name": "evil"}]}}],
        [{"nom": "bytes"}],
        [3],
    ],
)
async def test_a_codec_that_is_not_run_here_is_refused_before_anything_is_read(codecs):
    with pytest.raises(InvalidInput) as refused:
        await read(MemoryStore(), (Cut(0, 1),), codecs)
    assert refused.value.field == "codecs"


async def test_an_array_that_is_gone_is_not_found():
    with pytest.raises(ObjectNotFound):
        await read(MemoryStore(), (Cut(0, 1),))


async def test_chunks_that_do_not_decode_are_a_typed_error():
    store = await stored(np.ones((8, 8), "uint16"), chunks=(8, 8))
    await store.put("b", "o/s/c/0/0", b"noise")
    with pytest.raises(InvalidInput):
        await read(store, (Cut(0, 8), Cut(0, 8)))
    await store.put("b", "o/s/zarr.json", b"{}")
    with pytest.raises(InvalidInput):
        await read(store, (Cut(0, 8), Cut(0, 8)))


async def test_the_store_reads_parts_and_writes_nothing():
    objects = MemoryStore()
    await objects.put("b", "o/s/x", b"0123456789")
    store, kind = PrefixStore(objects, "b", "o/s"), default_buffer_prototype()

    async def part(request=None, key="x"):
        found = await store.get(key, kind, request)
        return None if found is None else found.to_bytes()

    assert await part() == b"0123456789"
    assert await part(RangeByteRequest(2, 5)) == b"234"
    assert await part(OffsetByteRequest(7)) == b"789"
    assert await part(SuffixByteRequest(4)) == b"6789"
    assert await part(key="y") is None
    assert await part(OffsetByteRequest(99)) is None
    several = await store.get_partial_values(kind, [("x", None), ("y", None)])
    assert [one and one.to_bytes() for one in several] == [b"0123456789", None]
    assert (await store.exists("x"), await store.exists("y")) == (True, False)
    for call in (store.set("x", kind.buffer.from_bytes(b"")), store.delete("x")):
        with pytest.raises(NotImplementedError):
            await call
    for listing in (store.list, lambda: store.list_prefix(""), lambda: store.list_dir("")):
        with pytest.raises(NotImplementedError):
            listing()
    assert store == PrefixStore(objects, "b", "o/s")
    assert store != PrefixStore(objects, "b", "o/t")
