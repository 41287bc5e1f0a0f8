"""Our S3 front beside Ceph RGW: large and small objects, memory, and the cost of a grant.

Both run on their own port with payload hashes checked and every answered PUT on the disk, one
after the other, both warm, medians of the rounds. `OBJECTSTORE_BENCH_MIB` makes the large object
smaller than 1024 MiB.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import obstore
from figures import figure, percentile
from obstore.store import S3Store

sys.path.insert(0, str(Path(__file__).parents[1] / "chassis" / "objectstore"))

import rgw
from servers import FrontProcess, Target

from chassis.objectstore.contract import Grant, GrantScope, ObjectStore
from chassis.objectstore.stores import open_store
from conftest import sts_target

MIB = 1024 * 1024
PART = 16 * MIB
ROUNDS = 3
SMALL = 65_536
OBJECTS = 2_000
AT_ONCE = 16
GRANTS = 300
MEMORY_MIB = 150
PREFIX = "bench/store"
METRICS = {"up": "MiB/s", "down": "MiB/s", "put": "1/s", "get": "1/s"}


@asynccontextmanager
async def opened(target: Target) -> AsyncIterator[tuple[ObjectStore, S3Store]]:
    """Open a server with a write grant as the imaging client would."""
    store = open_store(target.config)
    await store.ensure_buckets()
    grant = await store.grant_write(GrantScope(bucket="mikro-zarr", prefix=PREFIX))
    yield store, client(target, grant)
    await store.delete_prefix("mikro-zarr", f"{PREFIX}/")
    await store.aclose()


def client(target: Target, grant: Grant) -> S3Store:
    """Return a client with a grant."""
    return S3Store(
        grant.bucket,
        endpoint=target.url,
        access_key_id=grant.access_key,
        secret_access_key=grant.secret_key,
        session_token=grant.session_token,
        virtual_hosted_style_request=False,
        client_options={"allow_http": True, "timeout": timedelta(seconds=300)},
    )


async def large(s3: S3Store, mebibytes: int) -> dict[str, float]:
    """Return MiB/s of one object in parts up, and in one GET down."""
    block = os.urandom(PART)
    parts: Iterator[bytes] = (block for _ in range(mebibytes * MIB // PART))
    started = time.perf_counter()
    await obstore.put_async(s3, f"{PREFIX}/big", parts, chunk_size=PART, max_concurrency=4)
    up = time.perf_counter() - started
    started = time.perf_counter()
    count = 0
    answer = await obstore.get_async(s3, f"{PREFIX}/big")
    async for chunk in answer.stream(min_chunk_size=8 * MIB):
        count += len(chunk)
    assert count == mebibytes * MIB
    return {"up": mebibytes / up, "down": mebibytes / (time.perf_counter() - started)}


async def many(s3: S3Store) -> dict[str, float]:
    """Return objects per second, written and read."""
    data = os.urandom(SMALL)

    async def put(number: int) -> None:
        await obstore.put_async(s3, f"{PREFIX}/c/{number % 20}/{number}", data)

    async def get(number: int) -> None:
        answer = await obstore.get_async(s3, f"{PREFIX}/c/{number % 20}/{number}")
        assert len(await answer.bytes_async()) == SMALL

    return {"put": await rate(put), "get": await rate(get)}


async def rate(call: Callable[[int], Awaitable[None]]) -> float:
    """Return calls per second, a few at once."""
    numbers = iter(range(OBJECTS))

    async def worker() -> None:
        for number in numbers:
            await call(number)

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return OBJECTS / (time.perf_counter() - started)


async def measure(target: Target, mebibytes: int) -> dict[str, float]:
    """Return all four figures of one round."""
    async with opened(target) as (_, s3):
        return await large(s3, mebibytes) | await many(s3)


async def grants(target: Target) -> float:
    """Return the median milliseconds of a grant."""
    store = open_store(target.config)
    times = []
    for number in range(GRANTS):
        started = time.perf_counter()
        await store.grant_write(GrantScope(bucket="mikro-zarr", prefix=f"o/{number}"))
        times.append((time.perf_counter() - started) * 1000)
    await store.aclose()
    return percentile(times, 0.5)


def most_memory(process: FrontProcess) -> float:
    """Return the most MiB the front ever held."""
    assert process.process is not None
    status = Path(f"/proc/{process.process.pid}/status").read_text(encoding="utf8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def report(ours: list[dict[str, float]], theirs: list[dict[str, float]], memory: float) -> bool:
    """Print the figures."""
    met = []
    for metric, unit in METRICS.items():
        front = statistics.median(one[metric] for one in ours)
        peer = statistics.median(one[metric] for one in theirs)
        figure("objectstore", f"front_{metric}", front, unit)
        figure("objectstore", f"rgw_{metric}", peer, unit)
        against = f"Ceph RGW in this run: {peer:.0f} {unit}, the front: {front:.0f}"
        ratio = figure(
            "objectstore", f"front_to_rgw_{metric}", front / peer, "x", least=1, against=against
        )
        met.append(ratio)
    met.append(figure("objectstore", "front_memory", memory, "MiB", most=MEMORY_MIB))
    return all(met)


def main() -> bool:
    """Measure."""
    mebibytes = int(os.environ.get("OBJECTSTORE_BENCH_MIB", "1024"))
    home = Path(tempfile.mkdtemp(prefix="bh"))
    front = FrontProcess(home / "front", options={"fsync": "full"})
    cluster = rgw.start(home / "ceph")
    try:
        front.start()
        keys = (rgw.ACCESS_KEY, rgw.SECRET_KEY, rgw.ROLE_ARN)
        peer = sts_target("ceph", cluster.url, *keys, home)
        for target in (front.target, peer):
            asyncio.run(measure(target, 64))
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(asyncio.run(measure(front.target, mebibytes)))
            theirs.append(asyncio.run(measure(peer, mebibytes)))
        met = report(ours, theirs, most_memory(front))
        median = asyncio.run(grants(front.target))
        return figure("objectstore", "front_grant_p50", median, "ms", most=5) and met
    finally:
        cluster.stop()
        front.stop()
        shutil.rmtree(home, ignore_errors=True)
