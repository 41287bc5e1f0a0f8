"""What handlers work with: the request, its caller, and the parts of the server."""

from __future__ import annotations

import mmap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate

from chassis.objectstore.config import FrontConfig
from chassis.objectstore.front.auth import Caller
from chassis.objectstore.front.backend import Backend, Condition, Content, Stored, Target, Writer
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.head import Head
from chassis.objectstore.front.payload import PART_BYTES, Source, Wire
from chassis.objectstore.front.quota import Tally
from chassis.objectstore.front.removed import RemovedClients
from chassis.objectstore.front.xml import XML_BYTES, Node, render

BUFFER_BYTES = 512 * 1024
_KEPT = ("content-type", "cache-control", "content-disposition", "content-language", "expires")
_META = "x-amz-meta-"


@dataclass(slots=True)
class Answer:
    """A response: a body in memory, or content that is closed after sending."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    content: Content | None = None


@dataclass(slots=True)
class Parts:
    """The parts of the server that all requests share."""

    config: FrontConfig
    master: str
    backend: Backend
    tally: Tally
    removed: RemovedClients
    local: threading.local = field(default_factory=threading.local)


class Incoming:
    """The body of a request, by way of a buffer of the worker's thread."""

    def __init__(self, source: Source, local: threading.local, payload: str) -> None:
        self._source = source
        self.length = source.length
        self.sha256 = payload if source.is_hashed else None
        if getattr(local, "buffer", None) is None:
            # A map of its own is aligned to pages, as writing past the page cache needs.
            local.buffer = mmap.mmap(-1, BUFFER_BYTES)
        self._buffer: mmap.mmap = local.buffer

    def pour(self, write: Writer) -> str:
        """Pass the body on piece by piece; return its MD5 when every check held."""
        with memoryview(self._buffer) as view:
            offset = 0
            while count := self._source.readinto(view):
                write(view[:count], offset)
                offset += count
        return self._source.finish()

    def whole(self) -> tuple[memoryview, str]:
        """Return a body of no more than the buffer holds, and its MD5, when every check held."""
        view = memoryview(self._buffer)
        # The room left over lets the end of a body in chunks be read too.
        return view[: self._source.readinto(view)], self._source.finish()

    def relay(self, send: Callable[[memoryview], None]) -> memoryview:
        """Pass all but the last piece on; return that when every check held."""
        view = memoryview(self._buffer)
        halves = (view[: BUFFER_BYTES // 2], view[BUFFER_BYTES // 2 :])
        held, turn = view[:0], 0
        while count := self._source.readinto(halves[turn]):
            if held:
                send(held)
            held, turn = halves[turn][:count], 1 - turn
        self._source.finish()
        return held


@dataclass(slots=True)
class Exchange:
    """One signed request."""

    parts: Parts
    head: Head
    caller: Caller
    wire: Wire
    bucket: str
    key: str

    def allow(self, action: str) -> None:
        """Raise unless the grant allows an action on the key."""
        self.caller.allow(action, self.bucket, self.key)

    def source(self) -> Source:
        """Return the decoded body."""
        source = Source(self.wire, self.head, self.caller)
        if source.length > min(PART_BYTES, self.parts.config.object_bytes):
            raise Fault("EntityTooLarge")
        return source

    def body(self) -> Incoming:
        """Return the decoded body for a backend."""
        return Incoming(self.source(), self.parts.local, self.caller.payload)

    def target(self) -> Target:
        """Return what the request is to write."""
        return Target(
            bucket=self.bucket,
            key=self.key,
            headers=self.kept_headers(),
            condition=self.condition(),
        )

    def small_body(self) -> bytes:
        """Return a body that is a document."""
        body = self.body()
        if body.length > XML_BYTES:
            raise Fault("MalformedXML", "The document is too large.")
        data = bytearray()
        body.pour(lambda view, _: data.extend(view))
        return bytes(data)

    @contextmanager
    def reserved(self, size: int) -> Iterator[list[int | None]]:
        """Count `size` bytes for the grant; what is appended to the list is taken back."""
        freed: list[int | None] = []
        claims, tally = self.caller.claims, self.parts.tally
        tally.reserve(claims, size)
        try:
            yield freed
        except BaseException:
            tally.settle(claims, size)
            tally.release(claims, size)
            raise
        tally.settle(claims, size)
        for one in freed:
            tally.release(claims, one)

    def kept_headers(self) -> dict[str, str]:
        """Return the headers that are stored with an object."""
        sent = self.head.headers
        kept = {name: sent[name] for name in _KEPT if name in sent}
        kept |= {name: value for name, value in sent.items() if name.startswith(_META)}
        encodings = [part.strip() for part in sent.get("content-encoding", "").split(",")]
        left = [part for part in encodings if part not in ("", "aws-chunked")]
        if left:
            kept["content-encoding"] = ",".join(left)
        return kept

    def condition(self) -> Condition | None:
        """Return the condition a write is under."""
        none, match = self.head.headers.get("if-none-match"), self.head.headers.get("if-match")
        if none is None and match is None:
            return None
        if none not in (None, "*"):
            raise Fault("NotImplemented", "If-None-Match of a write is * here.")

        def check(now: Stored | None) -> None:
            if none is not None and now is not None:
                raise Fault("PreconditionFailed", "There is such an object already.")
            if match is not None and now is None:
                raise Fault("NoSuchKey")
            if match is not None and now is not None and not matches(match, now):
                raise Fault("PreconditionFailed")

        return check


def matches(header: str, stored: Stored) -> bool:
    """Tell whether If-Match or If-None-Match names this object."""
    tags = {tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")}
    return "*" in tags or stored.meta.etag in tags


def document(node: Node) -> Answer:
    """Return an answer that is an XML document."""
    return Answer(200, {"content-type": "application/xml"}, render(node))


def http_date(moment: float) -> str:
    """Return a moment as HTTP writes it."""
    return formatdate(moment, usegmt=True)
