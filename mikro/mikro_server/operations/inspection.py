"""What finish reads of a store: each kind has a sign by which it is known to be whole."""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from chassis.errors import InvalidInput
from chassis.objectstore.errors import ObjectNotFound
from mikro_server.adapters.objects import object_store
from mikro_server.domain import parquet_footer, zarr_meta
from mikro_server.domain.kinds import StoreKind
from mikro_server.models import Store

_MANIFEST_BYTES = 16 * 1024 * 1024
_GLB_HEAD = struct.Struct("<4sII")


async def inspect(store: Store, size: int) -> dict[str, Any]:
    """Return what the store says of itself; raise `InvalidInput` if it is not what it should be."""
    check = _CHECKS.get(StoreKind(store.kind))
    return {} if check is None else await check(store, size)


async def _document(store: Store, name: str, limit: int) -> bytes:
    key = f"{store.key}/{name}"
    try:
        info = await object_store().head(store.bucket, key)
    except ObjectNotFound:
        raise InvalidInput(f"The store has no {name}.", field="storeId") from None
    if info.size > limit:
        raise InvalidInput(
            f"{name} has {info.size} bytes, at most {limit} are read.", field="storeId"
        )
    return await object_store().get(store.bucket, key)


async def _zarr(store: Store, size: int) -> dict[str, Any]:
    found = zarr_meta.parse_array(await _document(store, "zarr.json", zarr_meta.MOST_BYTES))
    declared = store.metadata.get("declared") or {}
    for key, value in (("shape", found.shape), ("chunks", found.chunks)):
        if declared.get(key) is not None and declared[key] != value:
            raise InvalidInput(
                f"The array has {key} {value}, but {declared[key]} was declared.", field="storeId"
            )
    return found.as_dict()


async def _parquet(store: Store, size: int) -> dict[str, Any]:
    if size < parquet_footer.TAIL_BYTES + 2 * len(parquet_footer.MAGIC):
        raise InvalidInput("The table cannot be used: it is not a Parquet file.", field="data")
    tail_bytes = parquet_footer.TAIL_BYTES
    tail = await object_store().get(store.bucket, store.key, start=-tail_bytes)
    length = parquet_footer.footer_length(tail, size)
    data = await object_store().get(
        store.bucket, store.key, start=size - length - tail_bytes, length=length
    )
    footer = parquet_footer.parse_footer(data)
    return {
        "rows": footer.rows,
        "columns": [{"name": one.name, "dtype": one.dtype} for one in footer.columns],
    }


async def _manifest(store: Store, name: str) -> dict[str, Any]:
    try:
        found = orjson.loads(await _document(store, name, _MANIFEST_BYTES))
    except orjson.JSONDecodeError:
        raise InvalidInput(f"{name} is not JSON.", field="storeId") from None
    if not isinstance(found, dict):
        raise InvalidInput(f"{name} is not an object.", field="storeId")
    return found


async def _fabriks(store: Store, size: int) -> dict[str, Any]:
    return await _manifest(store, "fabriks.json")


async def _konnektion(store: Store, size: int) -> dict[str, Any]:
    return await _manifest(store, "konnektion.json")


async def _sparse(store: Store, size: int) -> dict[str, Any]:
    found = await _manifest(store, "zarr.json")
    if found.get("zarr_format") != 3 or found.get("node_type") != "group":
        raise InvalidInput("A sparse store is a zarr 3 group.", field="storeId")
    return found


async def _kulisse(store: Store, size: int) -> dict[str, Any]:
    head = await object_store().get(store.bucket, store.key, length=_GLB_HEAD.size)
    if len(head) < _GLB_HEAD.size or _GLB_HEAD.unpack(head) != (b"glTF", 2, size):
        raise InvalidInput("The model is not a whole binary glTF 2.0 file.", field="storeId")
    return {}


_CHECKS: dict[StoreKind, Callable[[Store, int], Awaitable[dict[str, Any]]]] = {
    StoreKind.ZARR: _zarr,
    StoreKind.PARQUET: _parquet,
    StoreKind.FABRIKS: _fabriks,
    StoreKind.KONNEKTION: _konnektion,
    StoreKind.SPARSE: _sparse,
    StoreKind.KULISSE: _kulisse,
}
