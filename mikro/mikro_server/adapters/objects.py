"""The object store of this process: opened with the service, borrowed by jobs."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from chassis.config import current
from chassis.errors import Unavailable
from chassis.logs import get_logger
from chassis.objectstore.contract import ObjectStore, walk
from chassis.objectstore.memory import MemoryStore
from chassis.objectstore.stores import open_store
from mikro_server.config import MikroConfig

logger = get_logger(__name__)

#: Between two attempts to make the buckets of a store that is not up yet.
RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Content:
    """What lies under the key of a store."""

    size: int
    objects: int
    digest: str


class _Holder:
    """The one store of the process."""

    store: ObjectStore | None = None


_held = _Holder()


def object_store() -> ObjectStore:
    """Return the store while the service runs."""
    if _held.store is None:
        raise Unavailable("The object store is not connected yet.")
    return _held.store


def set_object_store(store: ObjectStore | None) -> None:
    """Use this store; for tests."""
    _held.store = store


@contextlib.asynccontextmanager
async def serving_objects() -> AsyncIterator[None]:
    """Hold the store while the service runs; a store that is not up yet is asked again later."""
    own = _held.store is None
    if own:
        _held.store = open_store(current(MikroConfig).storage)
    store = object_store()
    making = None if await _made_buckets(store) else asyncio.create_task(_make_buckets(store))
    try:
        yield
    finally:
        if making is not None:
            making.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await making
        if own:
            await store.aclose()
            _held.store = None


async def _made_buckets(store: ObjectStore) -> bool:
    try:
        await store.ensure_buckets()
    except Unavailable as error:
        logger.warning(
            "the object store does not answer yet",
            extra={"event": "storage.absent", "reason": error.message},
        )
        return False
    return True


async def _make_buckets(store: ObjectStore) -> None:
    while True:
        await asyncio.sleep(RETRY_SECONDS)
        if await _made_buckets(store):
            return


@contextlib.asynccontextmanager
async def borrowed_store() -> AsyncIterator[ObjectStore]:
    """Give a job, which has an event loop of its own, a store of its own."""
    if isinstance(_held.store, MemoryStore):
        yield _held.store
        return
    store = open_store(current(MikroConfig).storage)
    try:
        yield store
    finally:
        await store.aclose()


async def content_of_object(bucket: str, key: str) -> Content:
    """Return what is known of one object."""
    info = await object_store().head(bucket, key)
    return Content(info.size, 1, info.etag)


async def content_of_prefix(bucket: str, prefix: str) -> Content:
    """Count everything below a prefix; the digest is over keys and ETags in their order."""
    size = objects = 0
    tree = hashlib.sha256()
    async for info in walk(object_store(), bucket, f"{prefix}/"):
        size += info.size
        objects += 1
        tree.update(f"{info.key[len(prefix) :]}\0{info.etag}\n".encode())
    return Content(size, objects, tree.hexdigest())
