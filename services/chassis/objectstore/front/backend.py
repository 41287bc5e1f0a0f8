"""What the front asks of the place where objects lie: a folder, or another S3 server."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from chassis.objectstore.contract import GrantScope
from chassis.objectstore.front.connection import Connection
from chassis.objectstore.front.faults import Fault

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)


class Meta(msgspec.Struct, frozen=True):
    """What is kept beside the data; `headers` are sent again with each GET."""

    etag: str
    headers: dict[str, str] = {}


class Stored(msgspec.Struct, frozen=True):
    """An object as it lies there."""

    size: int
    modified: float
    meta: Meta


#: Raises unless the object now stored (or None) is the one the request hoped for.
Condition = Callable[[Stored | None], None]
Writer = Callable[[memoryview, int], None]


#: A body of this size or less may be asked for as a whole.
WHOLE_BYTES = 256 * 1024


class Body(Protocol):
    """The bytes of a request; nothing may be kept of them before every check held."""

    @property
    def length(self) -> int:
        """How many there are."""
        ...

    @property
    def sha256(self) -> str | None:
        """The hash that was promised for all of them, in hex."""
        ...

    def pour(self, write: Writer) -> str:
        """Pass all of them on; return their MD5, or raise."""
        ...

    def whole(self) -> tuple[memoryview, str]:
        """Return all of a small one and their MD5, or raise; good until the request ends."""
        ...

    def relay(self, send: Callable[[memoryview], None]) -> memoryview:
        """Pass them on but for the last piece, which is returned when every check held."""
        ...


class Content(Protocol):
    """The bytes of an answer."""

    def send(self, connection: Connection, status: int, headers: dict[str, str]) -> None:
        """Send a whole answer."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """An object that is being read: `length` bytes from `start`; `partly` if a range was asked."""

    stored: Stored
    start: int
    length: int
    partly: bool
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an object is to be written, what is kept with it, and under which condition."""

    bucket: str
    key: str
    headers: Mapping[str, str] = field(default_factory=dict)
    condition: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page that is asked for."""

    bucket: str
    prefix: str
    delimiter: str = ""
    limit: int = 1000
    start_after: str = ""
    #: Where the page before ended, as the backend told it.
    token: str | None = None


@dataclass(slots=True)
class Page:
    """What a page holds: keys with their objects, folded prefixes with None."""

    entries: list[tuple[bytes, Stored | None]] = field(default_factory=list)
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A multipart upload by its id and the object it is to become."""

    bucket: str
    key: str
    id: str
    started: float = 0


@dataclass(frozen=True, slots=True)
class PartInfo:
    """A part that arrived."""

    number: int
    size: int
    etag: str
    modified: float


class Backend(Protocol):
    """Objects and uploads. What is freed is told in bytes; None if the backend cannot tell."""

    def close(self) -> None:
        """Let go of everything."""
        ...

    def make_bucket(self, bucket: str) -> None:
        """Make a bucket unless it is there."""
        ...

    def look(self, bucket: str, key: str) -> Stored | None:
        """Return what is known of an object."""
        ...

    def open(self, bucket: str, key: str, span: str | None) -> Opened:
        """Open an object, or the range a header asks for; raise `NoSuchKey`."""
        ...

    def put(self, target: Target, body: Body) -> tuple[str, int | None]:
        """Write an object whole; return its ETag and what was freed."""
        ...

    def delete(self, bucket: str, key: str) -> int | None:
        """Remove an object, if it is there; return what was freed."""
        ...

    def delete_many(self, bucket: str, keys: Sequence[str]) -> list[Fault | int | None]:
        """Remove objects; return for each what was freed, or why it was not removed."""
        ...

    def page(self, listing: Listing) -> Page:
        """Return a page of keys in the order of their bytes."""
        ...

    def measure(self, scope: GrantScope) -> int:
        """Return the bytes that lie in a scope, parts of open uploads included."""
        ...

    def begin(self, target: Target) -> str:
        """Open an upload; return its id."""
        ...

    def put_part(self, place: Place, number: int, body: Body) -> tuple[str, int | None]:
        """Take a part; return its ETag and what was freed."""
        ...

    def complete(
        self, place: Place, wanted: list[tuple[int, str]], condition: Condition | None
    ) -> tuple[str, int | None]:
        """Make the object of the parts named; return its ETag and what was freed."""
        ...

    def abort(self, place: Place) -> int | None:
        """Drop an upload; return what was freed."""
        ...

    def parts(self, place: Place, after: int, limit: int) -> tuple[list[PartInfo], bool]:
        """Return parts with numbers above `after`, and whether there are more."""
        ...

    def uploads(self, bucket: str, prefix: str) -> list[Place]:
        """Return the open uploads whose keys begin with a prefix."""
        ...


def is_span(header: str | None) -> bool:
    """Tell whether a Range header asks for one range; all others are read as if they were none."""
    match = _RANGE.fullmatch(header.replace(" ", "")) if header else None
    if match is None or not (match[1] or match[2]):
        return False
    return not (match[1] and match[2] and int(match[2]) < int(match[1]))


def span_of(header: str | None, size: int) -> tuple[int, int] | None:
    """Return first byte and length of what a Range header asks for; None for the whole."""
    if header is None or not is_span(header):
        return None
    first, _, last = header.replace(" ", "").removeprefix("bytes=").partition("-")
    if first:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    else:
        start, end = max(size - int(last), 0), size - 1
    if start > end:
        raise Fault("InvalidRange")
    return start, end - start + 1
