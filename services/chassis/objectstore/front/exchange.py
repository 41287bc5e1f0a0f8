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
from chassis.objectstore.front.disk import Stored
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.folder import Condition, Folder
from chassis.objectstore.front.head import Head
from chassis.objectstore.front.payload import PART_BYTES, Source, Wire
from chassis.objectstore.front.quota import Tally
from chassis.objectstore.front.uploads import Uploads
from chassis.objectstore.front.xml import XML_BYTES, Node, render

BUFFER_BYTES = 512 * 1024
_KEPT = ("content-type", "cache-control", "content-disposition", "content-language", "expires")
_META = "x-amz-meta-"


@dataclass(slots=True)
class Answer:
    """A response: a body in memory, or a stretch of an open file that is closed after sending."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    #: Descriptor, first byte, length.
    file: tuple[int, int, int] | None = None


@dataclass(slots=True)
class Parts:
    """The parts of the server that all requests share."""

    config: FrontConfig
    master: str
    folder: Folder
    uploads: Uploads
    tally: Tally
    local: threading.local = field(default_factory=threading.local)


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

    def receive(self, source: Source, write: Callable[[memoryview, int], None]) -> str:
        """Pass the body on piece by piece; return its MD5 when every check held."""
        buffer = getattr(self.parts.local, "buffer", None)
        if buffer is None:
            # A map of its own is aligned to pages, as writing past the page cache needs.
            buffer = self.parts.local.buffer = mmap.mmap(-1, BUFFER_BYTES)
        with memoryview(buffer) as view:
            offset = 0
            while count := source.readinto(view):
                write(view[:count], offset)
                offset += count
        return source.finish()

    def small_body(self) -> bytes:
        """Return a body that is a document."""
        source = self.source()
        if source.length > XML_BYTES:
            raise Fault("MalformedXML", "The document is too large.")
        data = bytearray()
        self.receive(source, lambda view, _: data.extend(view))
        return bytes(data)

    @contextmanager
    def reserved(self, size: int) -> Iterator[list[int]]:
        """Count `size` bytes for the grant; what is appended to the list is taken back."""
        freed: list[int] = []
        self.parts.tally.reserve(self.caller.claims, size)
        kept = False
        try:
            yield freed
            kept = True
        finally:
            self.parts.tally.release(self.caller.claims, sum(freed) if kept else size)

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
