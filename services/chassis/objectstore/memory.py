"""The in-memory twin of a store, for tests of services. Grants are recorded and open nothing."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta

from chassis import clock
from chassis.ids import new_secret
from chassis.objectstore.config import ObjectStoreConfig
from chassis.objectstore.contract import Grant, GrantScope, ListPage, Mode, ObjectInfo, with_mode
from chassis.objectstore.errors import ObjectExists, ObjectNotFound, RangeNotSatisfiable

_CHUNK = 1024 * 1024


class MemoryStore:
    """Objects in a dictionary; `objects` and `granted` may be read and written by tests."""

    def __init__(self, config: ObjectStoreConfig | None = None) -> None:
        self.config = config or ObjectStoreConfig(driver="memory")
        self.objects: dict[tuple[str, str], tuple[bytes, ObjectInfo]] = {}
        self.granted: list[Grant] = []

    async def grant_read(self, scope: GrantScope) -> Grant:
        """Return made-up credentials."""
        return self._grant(with_mode(scope, Mode.READ, self.config.read_grant_seconds))

    async def grant_write(self, scope: GrantScope) -> Grant:
        """Return made-up credentials."""
        return self._grant(with_mode(scope, Mode.WRITE, self.config.write_grant_seconds))

    def _grant(self, scope: GrantScope) -> Grant:
        seconds = scope.expires_seconds or 0
        grant = Grant(
            access_key=f"MEMORY{len(self.granted):014d}",
            secret_key=new_secret(),
            session_token=new_secret(),
            scope=scope,
            expires_at=clock.now() + timedelta(seconds=seconds),
            expires_seconds=seconds,
        )
        self.granted.append(grant)
        return grant

    async def end_grants(self) -> int:
        """Grants leave nothing behind."""
        return 0

    async def head(self, bucket: str, key: str) -> ObjectInfo:
        """Return what is known of an object."""
        return self._entry(bucket, key)[1]

    async def get(
        self, bucket: str, key: str, *, start: int = 0, length: int | None = None
    ) -> bytes:
        """Return bytes of an object."""
        data, _ = self._entry(bucket, key)
        begin = max(len(data) + start, 0) if start < 0 else start
        if data and begin >= len(data):
            raise RangeNotSatisfiable
        return data[begin : None if length is None else begin + length]

    async def stream(self, bucket: str, key: str) -> AsyncIterator[bytes]:
        """Yield an object in chunks."""
        data, _ = self._entry(bucket, key)
        for offset in range(0, len(data), _CHUNK):
            yield data[offset : offset + _CHUNK]

    async def put(
        self,
        bucket: str,
        key: str,
        data: bytes,
        *,
        content_type: str = "application/octet-stream",
        create_only: bool = False,
    ) -> ObjectInfo:
        """Write an object."""
        if create_only and (bucket, key) in self.objects:
            raise ObjectExists(f"There is an object {key} already.")
        info = ObjectInfo(
            key=key,
            size=len(data),
            etag=hashlib.md5(data, usedforsecurity=False).hexdigest(),
            modified_at=clock.now(),
            content_type=content_type,
        )
        self.objects[bucket, key] = (data, info)
        return info

    async def list(
        self, bucket: str, prefix: str, *, after: str | None = None, limit: int = 1000
    ) -> ListPage:
        """Return one page of a listing."""
        keys = sorted(
            (key for at, key in self.objects if at == bucket and key.startswith(prefix)),
            key=str.encode,
        )
        if after is not None:
            keys = [key for key in keys if key.encode() > after.encode()]
        page = tuple(self.objects[bucket, key][1] for key in keys[:limit])
        return ListPage(objects=page, next_after=page[-1].key if len(keys) > limit else None)

    async def delete(self, bucket: str, key: str) -> None:
        """Remove an object."""
        self.objects.pop((bucket, key), None)

    async def delete_prefix(self, bucket: str, prefix: str) -> int:
        """Remove every object below a prefix."""
        doomed = [at for at in self.objects if at[0] == bucket and at[1].startswith(prefix)]
        for at in doomed:
            del self.objects[at]
        return len(doomed)

    async def abort_uploads(self, bucket: str, prefix: str) -> int:
        """There are no multipart uploads here."""
        return 0

    async def ensure_buckets(self) -> None:
        """Buckets need no making."""

    async def check(self) -> None:
        """Memory is always there."""

    async def aclose(self) -> None:
        """There is nothing to close."""

    def _entry(self, bucket: str, key: str) -> tuple[bytes, ObjectInfo]:
        try:
            return self.objects[bucket, key]
        except KeyError:
            raise ObjectNotFound(f"There is no object {key} in {bucket}.") from None
