"""Reading a region of a zarr array out of the object store, chunk by chunk.

Imported at the first picture only: zarr and numpy weigh more than all the rest of the service.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zarr.abc.store import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    Store,
    SuffixByteRequest,
)
from zarr.core.array import AsyncArray
from zarr.core.buffer import Buffer, BufferPrototype

from chassis.errors import InvalidInput
from chassis.objectstore.contract import ObjectStore
from chassis.objectstore.errors import ObjectNotFound, RangeNotSatisfiable
from mikro_server.domain.region import Region

#: Codecs that are run here; others could be anybody's code or eat any memory.
CODECS = frozenset({"bytes", "zstd", "gzip", "blosc", "crc32c", "transpose", "sharding_indexed"})
#: Larger objects are no chunks a picture should be made of; what is cut off does not decode.
MOST_BYTES = 256 * 1024**2


class PrefixStore(Store):
    """The objects below one key, read only, as zarr wants to see a store."""

    supports_writes = False
    supports_deletes = False
    supports_listing = False

    def __init__(self, objects: ObjectStore, bucket: str, key: str) -> None:
        super().__init__(read_only=True)
        self._objects = objects
        self._bucket = bucket
        self._key = key

    def __eq__(self, other: object) -> bool:
        """Tell whether it is the same prefix."""
        return isinstance(other, PrefixStore) and (
            (self._bucket, self._key) == (other._bucket, other._key)
        )

    __hash__ = None  # type: ignore[assignment] # as the base class has it: compared, never a key

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the bytes of an object or of a part of it; None if it is not there."""
        try:
            start, length = _part(byte_range)
            data = await self._objects.get(
                self._bucket, f"{self._key}/{key}", start=start, length=length
            )
        except (ObjectNotFound, RangeNotSatisfiable):
            return None
        return prototype.buffer.from_bytes(data)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Return several parts."""
        return [await self.get(key, prototype, part) for key, part in key_ranges]

    async def exists(self, key: str) -> bool:
        """Tell whether an object is there."""
        try:
            await self._objects.head(self._bucket, f"{self._key}/{key}")
        except ObjectNotFound:
            return False
        return True

    async def set(self, key: str, value: Buffer) -> None:
        """Refuse: pictures change nothing."""
        raise NotImplementedError

    async def delete(self, key: str) -> None:
        """Refuse: pictures change nothing."""
        raise NotImplementedError

    def list(self) -> AsyncIterator[str]:
        """Refuse: nothing here needs it."""
        raise NotImplementedError

    def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """Refuse: nothing here needs it."""
        raise NotImplementedError

    def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """Refuse: nothing here needs it."""
        raise NotImplementedError


def _part(wanted: ByteRequest | None) -> tuple[int, int | None]:
    """Return where a part begins and how long it is."""
    if isinstance(wanted, RangeByteRequest):
        return wanted.start, wanted.end - wanted.start
    if isinstance(wanted, SuffixByteRequest):
        return -wanted.suffix, None
    return wanted.offset if isinstance(wanted, OffsetByteRequest) else 0, MOST_BYTES


def _names(codecs: list[Any]) -> Iterable[str]:
    for one in codecs:
        given = one if isinstance(one, dict) else {"name": one}
        yield str(given.get("name"))
        inner = given.get("configuration") or {}
        for part in ("codecs", "index_codecs"):
            yield from _names(inner.get(part) or [])


async def read_region(
    objects: ObjectStore, *, bucket: str, key: str, codecs: list[Any], region: Region
) -> NDArray[Any]:
    """Return the numbers of a region; positions nobody wrote hold the fill value."""
    unknown = sorted(set(_names(codecs)) - CODECS)
    if unknown:
        raise InvalidInput(f"The codec {unknown[0]!r} is not run here.", field="codecs")
    try:
        array = await AsyncArray.open(PrefixStore(objects, bucket, key), zarr_format=3)
        found = await array.getitem(tuple(cut.index for cut in region))
    except FileNotFoundError:
        raise ObjectNotFound("The data of this array is gone.") from None
    except (ValueError, TypeError, RuntimeError, KeyError) as error:
        raise InvalidInput(
            f"The array cannot be decoded: {error!s:.200}.", field="storeId"
        ) from None
    return np.asarray(found)
