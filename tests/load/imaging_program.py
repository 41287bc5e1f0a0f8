"""Runs in the clients' environment: the released client beside its own writer with one fixed key.

MIB is the size of the array, ROUNDS how often each is measured, KEY a file with the fixed key as
JSON, ENDPOINT where the store is. It writes one line of JSON for each measurement.
"""

import asyncio
import json
import os
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import obstore
import xarray as xr
import zarr.core.array
from arkitekt import App, connect
from koil.bridge import run_threaded
from mikro.arkitekt import mikro as mikro_service
from mikro.io.chunking import ChunkLayout
from mikro.io.obstore import create_s3_store, create_zarr_store_path, write_dataarray_to_zarr
from mikro.mikro import Mikro
from mikro.traits import from_zarr

app = App("org.example.imaging-speed", "1.0.0", services=[mikro_service])
DIMS = ["z", "y", "x"]
ENDPOINT = os.environ["ENDPOINT"]
ROUNDS = int(os.environ["ROUNDS"])
MIB = int(os.environ["MIB"])
RAW_BYTES = 16 * 1024**2
Seconds = dict[str, float]


@dataclass
class Key:
    """One key for everything, in the form of a grant."""

    access_key: str
    secret_key: str
    session_token: str
    bucket: str
    key: str


def fixed(prefix: str) -> Key:
    """The fixed key, rooted at a prefix."""
    return Key(**json.loads(Path(os.environ["KEY"]).read_text()), key=prefix)


async def timed(call: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    """Seconds of a call, and what it returned."""
    started = time.perf_counter()
    done = await call()
    return time.perf_counter() - started, done


def values_of() -> np.ndarray:
    """A picture with noise, as cameras give it: some of it can be compressed."""
    shape = (MIB // 16, 2048, 4096)
    noise = np.random.default_rng(5).integers(0, 4096, shape, dtype="uint16")
    return noise + np.linspace(0, 1000, 4096, dtype="uint16")


class Pair:
    """The client and its twin."""

    def __init__(self, mikro: Mikro, values: np.ndarray) -> None:
        self.mikro = mikro
        self.array = xr.DataArray(values, dims=DIMS)
        self.layout: ChunkLayout | None = None
        self.dataset: Any = None
        self.prefix = ""

    async def client_write(self) -> None:
        """Grant, chunks, finish and dataset."""
        self.dataset = await self.mikro.acreate_array_dataset(
            data=self.array, scales=[], name="speed", axes=DIMS
        )

    async def twin_write(self) -> None:
        """The same chunks by the same writer."""
        self.prefix = f"bench/{uuid.uuid4()}"
        path = create_zarr_store_path(ENDPOINT, fixed(self.prefix))
        write = write_dataarray_to_zarr
        await asyncio.to_thread(write, path, self.array, layout=self.layout)

    async def raw_write(self) -> None:
        """The bytes as they are, in objects as large as a shard."""
        store = create_s3_store(ENDPOINT, fixed("x"), prefix=f"bench/{uuid.uuid4()}")
        data = memoryview(self.array.data).cast("B")
        starts = iter(range(0, len(data), RAW_BYTES))

        async def worker() -> None:
            for start in starts:
                await obstore.put_async(store, str(start), bytes(data[start : start + RAW_BYTES]))

        await asyncio.gather(*(worker() for _ in range(4)))

    async def client_read(self, at: Any = slice(None)) -> np.ndarray:
        """By the id of the dataset."""
        found = await self.mikro.aget_array_dataset(self.dataset.id)
        return await run_threaded(lambda: np.asarray(found.data[at]))

    async def twin_read(self, at: Any = slice(None)) -> np.ndarray:
        """By the key of the store."""
        path = create_zarr_store_path(ENDPOINT, fixed(self.prefix))
        return await run_threaded(lambda: np.asarray(xr.DataArray(from_zarr(path), dims=DIMS)[at]))

    async def learn_layout(self) -> None:
        """The twin cuts as the client does."""
        found = await self.mikro.aget_array_dataset(self.dataset.id)
        store = found.data_arrays[0].store
        made = await run_threaded(lambda: zarr.open_array(store.zarr_store, mode="r"))
        self.layout = ChunkLayout(chunks=made.chunks, shards=made.shards)


async def measured(pair: Pair, round_number: int) -> Seconds:
    """One round; who comes first changes."""
    told: Seconds = {}
    calls: list[tuple[str, Callable[[], Awaitable[Any]]]] = [
        ("client_write", pair.client_write),
        ("twin_write", pair.twin_write),
        ("client_read", pair.client_read),
        ("twin_read", pair.twin_read),
    ]
    plane = MIB // 32
    calls += [
        ("client_plane", lambda: pair.client_read(plane)),
        ("twin_plane", lambda: pair.twin_read(plane)),
    ]
    for first in range(0, len(calls), 2):
        both = calls[first : first + 2]
        for name, call in both if round_number % 2 else reversed(both):
            told[name], read = await timed(call)
            if name.endswith("read"):
                assert np.array_equal(read, pair.array.data)
    told["raw_write"], _ = await timed(pair.raw_write)
    return told


async def main() -> None:
    """Measure with and without compression."""
    compressed = zarr.core.array.default_compressors_v3
    async with connect(app, headless=True, mesh=None) as runtime:
        pair = Pair(runtime.require(Mikro), values_of())
        for codec in ("zstd", "plain"):
            plain = codec == "plain"
            zarr.core.array.default_compressors_v3 = (lambda _: ()) if plain else compressed
            await pair.client_write()
            await pair.learn_layout()
            await pair.twin_write()
            for number in range(ROUNDS):
                line = {"codec": codec, "seconds": await measured(pair, number)}
                sys.stdout.write(json.dumps(line) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
