"""The metadata of one zarr v3 array, as the client writes it to `<key>/zarr.json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import orjson

from chassis.errors import InvalidInput

#: A zarr.json holds names and numbers; larger ones carry data where none belongs.
MOST_BYTES = 1024 * 1024
_SHARDING = "sharding_indexed"
_MOST_DIMENSIONS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayMeta:
    """What the database keeps of an array."""

    shape: list[int]
    #: The unit of reading: the inner chunk of a sharded array.
    chunks: list[int]
    shards: list[int] | None
    dtype: str
    dimension_names: list[str | None] | None
    fill_value: Any
    codecs: list[Any]
    attributes: dict[str, Any]
    chunk_key_encoding: Any
    storage_transformers: Any

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def parse_array(data: bytes) -> ArrayMeta:
    """Read a zarr.json; raise `InvalidInput` that says what is wrong with it."""
    if len(data) > MOST_BYTES:
        raise _bad(f"zarr.json has {len(data)} bytes, at most {MOST_BYTES} are read")
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise _bad("zarr.json is not JSON") from None
    if not isinstance(document, dict):
        raise _bad("zarr.json is not an object")
    if document.get("zarr_format") != 3:
        raise _bad("only zarr format 3 is taken")
    if document.get("node_type") != "array":
        raise _bad("the store must hold one array at its root, not a group")
    shape = _extents(document.get("shape"), "shape", least=0)
    grid = _mapping(document, "chunk_grid")
    if grid.get("name") != "regular":
        raise _bad("only a regular chunk grid is taken")
    outer = _extents(_mapping(grid, "configuration").get("chunk_shape"), "chunk_shape", least=1)
    codecs = document.get("codecs")
    if not isinstance(codecs, list) or not codecs:
        raise _bad("codecs must be a list")
    inner = _inner_chunks(codecs)
    if len(outer) != len(shape) or (inner is not None and len(inner) != len(shape)):
        raise _bad("shape and chunks have different numbers of dimensions")
    return ArrayMeta(
        shape=shape,
        chunks=outer if inner is None else inner,
        shards=None if inner is None else outer,
        dtype=_dtype(document.get("data_type")),
        dimension_names=_names(document.get("dimension_names"), len(shape)),
        fill_value=document.get("fill_value"),
        codecs=codecs,
        attributes=document.get("attributes") or {},
        chunk_key_encoding=document.get("chunk_key_encoding"),
        storage_transformers=document.get("storage_transformers"),
    )


def _bad(problem: str) -> InvalidInput:
    return InvalidInput(f"The array cannot be used: {problem}.", field="storeId")


def _mapping(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    if not isinstance(value, dict):
        raise _bad(f"{key} must be an object")
    return value


def _extents(value: Any, key: str, *, least: int) -> list[int]:
    if not isinstance(value, list) or len(value) > _MOST_DIMENSIONS:
        raise _bad(f"{key} must be a list of at most {_MOST_DIMENSIONS} numbers")
    if not all(type(one) is int and least <= one < 2**63 for one in value):
        raise _bad(f"{key} must hold whole numbers of {least} or more")
    return value


def _inner_chunks(codecs: list[Any]) -> list[int] | None:
    first = codecs[0]
    if len(codecs) != 1 or not isinstance(first, dict) or first.get("name") != _SHARDING:
        return None
    return _extents(_mapping(first, "configuration").get("chunk_shape"), "chunk_shape", least=1)


def _dtype(value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        return str(value["name"])
    raise _bad("data_type is missing")


def _names(value: Any, dimensions: int) -> list[str | None] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != dimensions:
        raise _bad("dimension_names must name every dimension")
    if not all(one is None or isinstance(one, str) for one in value):
        raise _bad("dimension_names must be texts")
    return value
