"""What a service may ask of object storage: grants for strangers, and a few calls of its own.

Keys are `<organization>/<store uuid>[/...]`. A grant opens exactly one object (`key`) or one
prefix: the key `prefix` itself and everything below `prefix/`, never `prefix-sibling`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from chassis.errors import InvalidInput

#: Most bytes of a key, as in S3.
KEY_BYTES = 1024


class Mode(StrEnum):
    """What a grant allows.

    `read`: get, head and, for a prefix, list. `write`: on a prefix also put, multipart and delete
    (the client empties a prefix before it writes); on one object only put and multipart.
    """

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantScope:
    """What is to be opened: one object (`key`) or one `prefix` without a trailing slash."""

    bucket: str
    prefix: str | None = None
    key: str | None = None
    mode: Mode = Mode.READ
    #: Most bytes that may lie there afterwards; the `front` driver enforces it, STS cannot.
    max_bytes: int | None = None
    #: Lifetime; None means the configured one. STS servers refuse less than 900.
    expires_seconds: int | None = None
    #: For which client, and which generation of its tokens: let go, it is out here as well. The
    #: `front` driver enforces it, STS cannot. Empty means for nobody in particular.
    client: str = ""
    generation: int = 0

    def __post_init__(self) -> None:
        if (self.prefix is None) == (self.key is None):
            raise InvalidInput("A grant is for a prefix or for a key.", field="key")
        if not self.bucket or not self.path:
            raise InvalidInput("A grant names its bucket and what it opens there.", field="key")
        if self.path.startswith("/") or (self.prefix or "").endswith("/"):
            raise InvalidInput("A key does not begin, a prefix does not end with '/'.", field="key")
        if any(character in self.path for character in "*?$"):
            raise InvalidInput("Policies would read * ? $ as patterns.", field="key")
        if len(self.path.encode()) > KEY_BYTES or not self.path.isprintable():
            raise InvalidInput("A key has 1 to 1024 bytes of printable text.", field="key")
        if self.max_bytes is not None and self.max_bytes < 0:
            raise InvalidInput("A limit is not negative.", field="max_bytes")

    @property
    def path(self) -> str:
        """The key or the prefix."""
        return self.key if self.key is not None else self.prefix or ""

    def covers(self, key: str) -> bool:
        """Tell whether a key lies inside."""
        return key == self.path or (self.key is None and key.startswith(f"{self.prefix}/"))

    def covers_listing(self, prefix: str) -> bool:
        """Tell whether every key with this prefix lies inside."""
        return self.key is None and prefix.startswith(f"{self.prefix}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Temporary S3 credentials. Clients know the endpoint from fakts, it is no part of this."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(repr=False)
    scope: GrantScope
    expires_at: datetime
    expires_seconds: int

    @property
    def bucket(self) -> str:
        """The bucket of the scope."""
        return self.scope.bucket

    @property
    def path(self) -> str:
        """The key or prefix of the scope."""
        return self.scope.path


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """What the store knows of an object."""

    key: str
    size: int
    #: Without quotes: the MD5 of the data, or `<md5 of md5s>-<parts>` after a multipart upload.
    etag: str
    modified_at: datetime
    content_type: str = "application/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """One page of a listing in the order of the keys' UTF-8 bytes; list entries know no type."""

    objects: tuple[ObjectInfo, ...]
    #: Pass it as `after` for the next page; None on the last.
    next_after: str | None = None


class ObjectStore(Protocol):
    """A store as services see it; made by `chassis.objectstore.stores.open_store`."""

    async def grant_read(self, scope: GrantScope) -> Grant:
        """Return credentials that read the scope; raise `GrantRefused` rather than widen it."""
        ...

    async def grant_write(self, scope: GrantScope) -> Grant:
        """Return credentials that write the scope; raise `GrantRefused` rather than widen it."""
        ...

    async def end_grants(self) -> int:
        """Remove what grants that ended left behind at the server; return how many."""
        ...

    async def head(self, bucket: str, key: str) -> ObjectInfo:
        """Return what is known of an object; raise `ObjectNotFound`."""
        ...

    async def get(
        self, bucket: str, key: str, *, start: int = 0, length: int | None = None
    ) -> bytes:
        """Return bytes of an object; a negative `start` counts from the end."""
        ...

    def stream(self, bucket: str, key: str) -> AsyncIterator[bytes]:
        """Yield an object in chunks of bounded size."""
        ...

    async def put(
        self,
        bucket: str,
        key: str,
        data: bytes,
        *,
        content_type: str = "application/octet-stream",
        create_only: bool = False,
    ) -> ObjectInfo:
        """Write a small object whole; with `create_only` raise `ObjectExists` over another."""
        ...

    async def list(
        self, bucket: str, prefix: str, *, after: str | None = None, limit: int = 1000
    ) -> ListPage:
        """Return one page of the objects whose keys begin with `prefix` and follow `after`."""
        ...

    async def delete(self, bucket: str, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        ...

    async def delete_prefix(self, bucket: str, prefix: str) -> int:
        """Remove every object whose key begins with `prefix` (end it with `/`); return how many."""
        ...

    async def abort_uploads(self, bucket: str, prefix: str) -> int:
        """Drop multipart uploads that were never completed below `prefix`; return how many."""
        ...

    async def ensure_buckets(self) -> None:
        """Make the configured buckets that are not there."""
        ...

    async def check(self) -> None:
        """Raise `StorageUnavailable` unless the store answers."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


async def walk(store: ObjectStore, bucket: str, prefix: str) -> AsyncIterator[ObjectInfo]:
    """Yield every object whose key begins with `prefix`."""
    after: str | None = None
    while True:
        page = await store.list(bucket, prefix, after=after)
        for info in page.objects:
            yield info
        if page.next_after is None:
            return
        after = page.next_after


def with_mode(scope: GrantScope, mode: Mode, default_seconds: int) -> GrantScope:
    """Return the scope as it will be granted: mode and lifetime filled in."""
    return replace(scope, mode=mode, expires_seconds=scope.expires_seconds or default_seconds)
