"""The backend that keeps objects on another S3 server, opened by one fixed key.

Callers never see that key. The last piece of a body is held back until every check held, so what
is refused here was never whole there; a front that dies leaves nothing but parts of uploads.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from chassis.config import ConfigError
from chassis.objectstore import sigv4
from chassis.objectstore.config import RemoteConfig
from chassis.objectstore.contract import GrantScope
from chassis.objectstore.front.backend import (
    Body,
    Condition,
    Listing,
    Meta,
    Opened,
    Page,
    PartInfo,
    Place,
    Stored,
    Target,
    is_span,
    span_of,
)
from chassis.objectstore.front.connection import Connection
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.upstream import Call, NoBucket, Query, Reply, Upstream
from chassis.objectstore.tokens import Credentials
from chassis.secretfile import read_secret

_HEADERS = frozenset(
    {"content-type", "content-encoding", "cache-control", "content-disposition"}
    | {"content-language", "expires"}
)
_META = "x-amz-meta-"
_ENDPOINT = re.compile(r"https?://[^/?#@\s]+/?")
_PLACE = re.compile(r"bytes ([0-9]+)-[0-9]+/([0-9]+)", re.ASCII)
_STRIPES = 64


def open_remote(config: RemoteConfig) -> RemoteBackend:
    """Return the backend of a configuration; raise `ConfigError` if that is not whole."""
    if not _ENDPOINT.fullmatch(config.endpoint):
        raise ConfigError(
            "objectstore.remote.endpoint",
            "must be the S3 server's address, https://host[:port] without a path",
        )
    token_file = config.session_token_file
    credentials = Credentials(
        _secret("access_key_file", config.access_key_file),
        _secret("secret_key_file", config.secret_key_file),
        _secret("session_token_file", token_file) if token_file else "",
    )
    return RemoteBackend(Upstream(config, credentials))


def _secret(name: str, path: Path | None) -> str:
    key = f"objectstore.remote.{name}"
    if path is None:
        raise ConfigError(key, "the backend s3 needs this file")
    try:
        return read_secret(path)
    except OSError as error:
        raise ConfigError(key, f"cannot read {path}: {error.strerror}") from None


class ReplyContent:
    """The body of an answer of the server behind."""

    def __init__(self, reply: Reply, length: int, closing: Callable[[], None]) -> None:
        self._reply = reply
        self._length = length
        self._closing = closing

    def send(self, connection: Connection, status: int, headers: dict[str, str]) -> None:
        """Pass it on as it comes."""
        connection.answer_stream(status, headers, self._reply.readinto, self._length)

    def close(self) -> None:
        """Keep the connection if all was read, drop it if not."""
        self._closing()


class RemoteBackend:
    """Objects and uploads of another server; nothing of them is kept here."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._buckets: set[str] = set()
        self._locks = [threading.Lock() for _ in range(_STRIPES)]

    def close(self) -> None:
        """Close connections."""
        self._upstream.close()

    def make_bucket(self, bucket: str) -> None:
        """Make a bucket unless it is there."""
        if bucket in self._buckets:
            return
        try:
            self._upstream.ask("HEAD", bucket)
        except Fault as fault:
            if fault.code != "NoSuchKey":
                raise
            self._upstream.ask("PUT", bucket)
        self._buckets.add(bucket)

    def look(self, bucket: str, key: str) -> Stored | None:
        """Return what is known of an object."""
        try:
            with self._upstream.call("HEAD", bucket, key) as call:
                reply = call.reply()
                reply.finish()
                return _stored(reply.headers)
        except Fault as fault:
            if fault.code != "NoSuchKey":
                raise
            return None

    def open(self, bucket: str, key: str, span: str | None) -> Opened:
        """Begin to read an object; the range is cut there."""
        headers = {"range": span.replace(" ", "")} if span is not None and is_span(span) else {}
        with contextlib.ExitStack() as stack:
            call = stack.enter_context(self._upstream.call("GET", bucket, key, headers=headers))
            reply = call.reply()
            length = _size_of(reply.headers)
            start, size = 0, length
            if reply.status == 206:
                place = _PLACE.fullmatch(reply.headers.get("content-range", ""))
                if place is None:
                    raise Fault("ServiceUnavailable", "The store behind did not say which range.")
                start, size = int(place[1]), int(place[2])
            stored = _stored(reply.headers, size)
            if headers and reply.status == 200:
                # The object is empty, or the server knows no ranges.
                span_of(span, size)
            content = ReplyContent(reply, length, stack.pop_all().close)
            return Opened(stored, start, length, reply.status == 206, content)

    def put(self, target: Target, body: Body) -> tuple[str, int | None]:
        """Pass an object on."""
        self.make_bucket(target.bucket)
        with self._writing(target.bucket, target.key, body, target.headers) as call:
            held = body.relay(call.send)
            with self._committing(target.bucket, target.key, target.condition):
                call.send(held)
                reply = call.reply()
            reply.finish()
            return reply.headers.get("etag", "").strip('"'), None

    def _writing(
        self,
        bucket: str,
        key: str,
        body: Body,
        headers: Mapping[str, str],
        query: Query = (),
    ) -> contextlib.AbstractContextManager[Call]:
        return self._upstream.call(
            "PUT",
            bucket,
            key,
            query=query,
            headers=headers,
            length=body.length,
            payload=body.sha256 or sigv4.UNSIGNED,
        )

    @contextlib.contextmanager
    def _committing(self, bucket: str, key: str, condition: Condition | None) -> Iterator[None]:
        """Hold a condition until the write is done; all writes come through this process."""
        with self._locks[hash((bucket, key)) % _STRIPES]:
            if condition is not None:
                condition(self.look(bucket, key))
            yield

    def delete(self, bucket: str, key: str) -> int | None:
        """Remove an object."""
        try:
            self._upstream.ask("DELETE", bucket, key)
        except Fault as fault:
            if fault.code != "NoSuchKey":
                raise
            return 0
        return None

    def delete_many(self, bucket: str, keys: Sequence[str]) -> list[Fault | int | None]:
        """Remove objects by one call."""
        items = "".join(f"<Object><Key>{escape(key)}</Key></Object>" for key in keys)
        body = f"<Delete><Quiet>true</Quiet>{items}</Delete>".encode()
        md5 = hashlib.md5(body, usedforsecurity=False).digest()
        headers = {"content-md5": sigv4.base64_of(md5)}
        try:
            root = self._upstream.ask(
                "POST", bucket, query=(("delete", ""),), headers=headers, body=body
            )
        except NoBucket:
            return [0 for _ in keys]
        failed = set()
        for error in root.iterfind("{*}Error") if root is not None else ():
            if error.findtext("{*}Code") != "NoSuchKey":
                failed.add(error.findtext("{*}Key"))
        return [Fault("InternalError") if key in failed else None for key in keys]

    def page(self, listing: Listing) -> Page:
        """Ask for a page; where it ended is the other server's word."""
        query = [
            ("list-type", "2"),
            ("encoding-type", "url"),
            ("prefix", listing.prefix),
            ("max-keys", str(listing.limit)),
        ]
        if listing.delimiter:
            query.append(("delimiter", listing.delimiter))
        if listing.start_after:
            query.append(("start-after", listing.start_after))
        if listing.token is not None:
            query.append(("continuation-token", listing.token))
        try:
            root = self._upstream.ask("GET", listing.bucket, query=tuple(query))
        except NoBucket:
            return Page()
        if root is None:
            return Page()
        page = Page()
        for entry in root.iterfind("{*}Contents"):
            key = unquote_plus(entry.findtext("{*}Key", "")).encode()
            meta = Meta(entry.findtext("{*}ETag", "").strip('"'))
            size, modified = int(entry.findtext("{*}Size", "0")), _moment(entry, "LastModified")
            page.entries.append((key, Stored(size, modified, meta)))
        for entry in root.iterfind("{*}CommonPrefixes"):
            page.entries.append((unquote_plus(entry.findtext("{*}Prefix", "")).encode(), None))
        page.entries.sort(key=lambda one: one[0])
        if root.findtext("{*}IsTruncated") == "true":
            page.next_token = root.findtext("{*}NextContinuationToken")
        return page

    def measure(self, scope: GrantScope) -> int:
        """Add up listings."""
        own = self.look(scope.bucket, scope.path)
        total = own.size if own else 0
        token, more = None, True
        while more:
            page = self.page(Listing(bucket=scope.bucket, prefix=f"{scope.path}/", token=token))
            total += sum(stored.size for _, stored in page.entries if stored is not None)
            token = page.next_token
            more = token is not None
        for place in self.uploads(scope.bucket, scope.path):
            if scope.covers(place.key):
                total += self._arrived(place)
        return total

    def _arrived(self, place: Place) -> int:
        total, after, more = 0, 0, True
        with contextlib.suppress(Fault):
            while more:
                parts, more = self.parts(place, after, 1000)
                total += sum(part.size for part in parts)
                after, more = (parts[-1].number, more) if parts else (0, False)
        return total

    def begin(self, target: Target) -> str:
        """Open an upload."""
        self.make_bucket(target.bucket)
        uploads = (("uploads", ""),)
        root = self._upstream.ask(
            "POST", target.bucket, target.key, query=uploads, headers=target.headers
        )
        upload_id = root.findtext("{*}UploadId") if root is not None else None
        if not upload_id:
            raise Fault("ServiceUnavailable")
        return upload_id

    def put_part(self, place: Place, number: int, body: Body) -> tuple[str, int | None]:
        """Pass a part on."""
        query = (("partNumber", str(number)), ("uploadId", place.id))
        with _no_upload(), self._writing(place.bucket, place.key, body, {}, query) as call:
            call.send(body.relay(call.send))
            reply = call.reply()
            reply.finish()
            return reply.headers.get("etag", "").strip('"'), None

    def complete(
        self, place: Place, wanted: list[tuple[int, str]], condition: Condition | None
    ) -> tuple[str, int | None]:
        """Have the object made."""
        items = "".join(
            f'<Part><PartNumber>{number}</PartNumber><ETag>"{etag}"</ETag></Part>'
            for number, etag in wanted
        )
        body = f"<CompleteMultipartUpload>{items}</CompleteMultipartUpload>".encode()
        query = (("uploadId", place.id),)
        with _no_upload(), self._committing(place.bucket, place.key, condition):
            root = self._upstream.ask("POST", place.bucket, place.key, query=query, body=body)
        etag = root.findtext("{*}ETag", "") if root is not None else ""
        return etag.strip('"'), None

    def abort(self, place: Place) -> int | None:
        """Drop an upload."""
        with _no_upload():
            self._upstream.ask("DELETE", place.bucket, place.key, query=(("uploadId", place.id),))
        return None

    def parts(self, place: Place, after: int, limit: int) -> tuple[list[PartInfo], bool]:
        """Ask for parts."""
        query = [("uploadId", place.id), ("max-parts", str(min(limit, 1000)))]
        if after:
            query.append(("part-number-marker", str(after)))
        with _no_upload():
            root = self._upstream.ask("GET", place.bucket, place.key, query=tuple(query))
        if root is None:
            return [], False
        found = [
            PartInfo(
                int(entry.findtext("{*}PartNumber", "0")),
                int(entry.findtext("{*}Size", "0")),
                entry.findtext("{*}ETag", "").strip('"'),
                _moment(entry, "LastModified"),
            )
            for entry in root.iterfind("{*}Part")
        ]
        return found, root.findtext("{*}IsTruncated") == "true" and bool(found)

    def uploads(self, bucket: str, prefix: str) -> list[Place]:
        """Ask for open uploads, page by page."""
        found: list[Place] = []
        marker: Query = ()
        while True:
            query = (("uploads", ""), ("prefix", prefix), *marker)
            try:
                root = self._upstream.ask("GET", bucket, query=query)
            except NoBucket:
                return found
            if root is None:
                return found
            for entry in root.iterfind("{*}Upload"):
                key, upload_id = entry.findtext("{*}Key", ""), entry.findtext("{*}UploadId", "")
                found.append(Place(bucket, key, upload_id, _moment(entry, "Initiated")))
            last = root.findtext("{*}NextKeyMarker")
            if root.findtext("{*}IsTruncated") != "true" or not last:
                return found
            marker = (
                ("key-marker", last),
                ("upload-id-marker", root.findtext("{*}NextUploadIdMarker", "")),
            )


@contextlib.contextmanager
def _no_upload() -> Iterator[None]:
    """A call about an upload that finds nothing is about an upload that is not there."""
    try:
        yield
    except Fault as fault:
        if fault.code == "NoSuchKey":
            raise Fault("NoSuchUpload") from None
        raise


def _stored(headers: Mapping[str, str], size: int | None = None) -> Stored:
    kept = {
        name: value for name, value in headers.items() if name in _HEADERS or name.startswith(_META)
    }
    if size is None:
        size = _size_of(headers)
    modified = 0.0
    with contextlib.suppress(ValueError, KeyError):
        modified = parsedate_to_datetime(headers["last-modified"]).timestamp()
    return Stored(size, modified, Meta(headers.get("etag", "").strip('"'), kept))


def _size_of(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        raise Fault("ServiceUnavailable", "The store behind did not say how long an object is.")
    return int(length)


def _moment(entry: Element, name: str) -> float:
    try:
        return datetime.fromisoformat(entry.findtext(f"{{*}}{name}", "")).timestamp()
    except ValueError:
        return 0.0
