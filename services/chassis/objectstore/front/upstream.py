"""Calls to the S3 server that holds the objects: signed by one key, over kept connections.

A body goes out piece by piece and an answer comes in piece by piece, so memory is bounded. A call
that breaks off before the end of its body has changed nothing there.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import select
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit
from xml.etree import ElementTree

from chassis import clock
from chassis.logs import get_logger
from chassis.objectstore import sigv4
from chassis.objectstore.config import RemoteConfig
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.tokens import Credentials

logger = get_logger(__name__)

Query = tuple[tuple[str, str], ...]
_KEPT = 64
_ERROR_BYTES = 64 * 1024
_DOCUMENT_BYTES = 16 * 1024**2
#: Refusals that mean here what they mean there; all others are about our key, not the caller's.
_SHARED = frozenset(
    {"BadDigest", "EntityTooLarge", "EntityTooSmall", "InvalidArgument", "InvalidDigest"}
    | {"InvalidPart", "InvalidPartOrder", "InvalidRange", "KeyTooLongError", "NoSuchKey"}
    | {"NoSuchUpload", "PreconditionFailed", "SlowDown", "XAmzContentSHA256Mismatch"}
)
_NO_ROOM = frozenset({"StorageFull", "QuotaExceeded", "XMinioStorageFull"})
_STATUS = {404: "NoSuchKey", 412: "PreconditionFailed", 416: "InvalidRange", 503: "SlowDown"}
_STATUS |= {500: "ServiceUnavailable", 502: "ServiceUnavailable", 504: "ServiceUnavailable"}
_STATUS |= {507: "StorageFull"}


class NoBucket(Fault):
    """The bucket is not there yet."""

    def __init__(self) -> None:
        super().__init__("NoSuchKey")


class Reply:
    """An answer whose body is read as it comes."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    def readinto(self, view: memoryview) -> int:
        """Fill some of the view; 0 at the end."""
        with _broken():
            return self._response.readinto(view)

    def read(self, limit: int) -> bytes:
        """Return a body that is small."""
        with _broken():
            data = self._response.read(limit + 1)
        if len(data) > limit:
            raise Fault("ServiceUnavailable", "The store behind this server sent too much.")
        return data

    def finish(self) -> None:
        """Read an answer that says all in its head."""
        self.read(_ERROR_BYTES)

    @property
    def is_read(self) -> bool:
        """Tell whether all of it was read."""
        return self._response.isclosed()

    def check(self) -> None:
        """Raise the refusal this is, if it is none of success."""
        if self.status < 300 or self.status == 304:
            return
        code, body = "", self.read(_ERROR_BYTES)
        with contextlib.suppress(Fault):
            code = parse(body).findtext("{*}Code") or ""
        raise fault_of(self.status, code)


class Call:
    """A call under way: head sent, body going out."""

    def __init__(self, connection: http.client.HTTPConnection, length: int) -> None:
        self._connection = connection
        self._left = length
        self._reply: Reply | None = None

    @property
    def is_done(self) -> bool:
        """Tell whether the body went out whole and the answer was read whole."""
        return not self._left and self._reply is not None and self._reply.is_read

    def send(self, data: memoryview | bytes) -> None:
        """Send a piece of the body."""
        if not data:
            return
        try:
            self._connection.send(data)
            self._left -= len(data)
        except OSError:
            # It may have answered before it hung up: a full disk, a key it does not know.
            self.reply()
            raise Fault("ServiceUnavailable") from None

    def reply(self) -> Reply:
        """Return the answer; raise the refusal if it is one."""
        with _broken():
            self._reply = Reply(self._connection.getresponse())
        self._reply.check()
        return self._reply


class Upstream:
    """The server behind, as worker threads share it."""

    def __init__(self, config: RemoteConfig, credentials: Credentials) -> None:
        parts = urlsplit(config.endpoint)
        self._tls = None
        if parts.scheme == "https":
            self._tls = ssl.create_default_context(cafile=config.ca_file)
        self._config = config
        self._host, self._port = parts.hostname or "", parts.port
        self._netloc = parts.netloc
        self._credentials = credentials
        self._idle: list[http.client.HTTPConnection] = []

    def close(self) -> None:
        """Close the kept connections."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def call(
        self,
        method: str,
        bucket: str,
        key: str = "",
        *,
        query: Query = (),
        headers: Mapping[str, str] | None = None,
        length: int = 0,
        payload: str = sigv4.EMPTY_SHA256,
    ) -> Iterator[Call]:
        """Send the head of a call; its connection is kept if all went out and came in."""
        path = sigv4.encode(f"/{bucket}/{key}" if key else f"/{bucket}", safe="/")
        sent = {name: value.strip() for name, value in (headers or {}).items()}
        if not all(value.isascii() for value in sent.values()):
            raise Fault("InvalidArgument", "Headers that are kept with an object are ASCII here.")
        signed = sigv4.signed_headers(
            method=method,
            host=self._netloc,
            path=path,
            query=query,
            headers=sent,
            payload_hash=payload,
            credentials=self._credentials,
            region=self._config.region,
            moment=clock.now(),
        )
        url = f"{path}?{sigv4.canonical_query(query)}".removesuffix("?")
        connection = self._connection()
        call = Call(connection, length)
        try:
            with _broken():
                connection.putrequest(method, url, skip_host=True, skip_accept_encoding=True)
                for name, value in signed.items():
                    connection.putheader(name, value)
                if length or method in ("PUT", "POST"):
                    connection.putheader("content-length", str(length))
                connection.endheaders()
            yield call
        finally:
            if call.is_done and connection.sock is not None and len(self._idle) < _KEPT:
                self._idle.append(connection)
            else:
                connection.close()

    def ask(
        self,
        method: str,
        bucket: str,
        key: str = "",
        *,
        query: Query = (),
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> ElementTree.Element | None:
        """Make a small call; return the document it is answered with, if any."""
        payload = hashlib.sha256(body).hexdigest()
        opened = self.call(
            method, bucket, key, query=query, headers=headers, length=len(body), payload=payload
        )
        with opened as call:
            call.send(body)
            reply = call.reply()
            if reply.status == 200 and method != "HEAD":
                data = reply.read(_DOCUMENT_BYTES)
                return _document(reply.status, data) if data else None
            reply.finish()
            return None

    def _connection(self) -> http.client.HTTPConnection:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            if not _is_stale(connection):
                return connection
            connection.close()
        seconds = self._config.timeout_seconds
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=seconds, context=self._tls
        )


def _is_stale(connection: http.client.HTTPConnection) -> bool:
    """Tell whether the other side closed it, or said something nobody asked for."""
    if connection.sock is None:
        return True
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def _broken() -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        logger.warning(
            "the store behind does not answer: %s",
            f"{type(error).__name__} {error}",
            extra={"event": "objectstore.upstream_broken"},
        )
        raise Fault("ServiceUnavailable") from None


def _document(status: int, body: bytes) -> ElementTree.Element:
    """Read the answer to a small call; a refusal may come with a status of success."""
    root = parse(body)
    if root.tag.rpartition("}")[2] == "Error":
        raise fault_of(status, root.findtext("{*}Code") or "")
    return root


def parse(body: bytes) -> ElementTree.Element:
    """Read a document of the server behind, which is one we chose."""
    try:
        return ElementTree.fromstring(body)  # noqa: S314 - see above
    except ElementTree.ParseError:
        raise Fault("ServiceUnavailable", "The store behind sent what cannot be read.") from None


def fault_of(status: int, code: str) -> Fault:
    """Return what a refusal of the server behind means to our caller."""
    if code == "NoSuchBucket":
        return NoBucket()
    if code in _NO_ROOM:
        return Fault("StorageFull", "The store behind this server has no room left.")
    if code in _SHARED:
        return Fault(code)
    if not code or status >= 500:
        code_here = _STATUS.get(status)
        if code_here is not None:
            return Fault(code_here)
    logger.error(
        "the store behind refused: %s %s",
        status,
        code,
        extra={"event": "objectstore.upstream_refused", "code": code},
    )
    return Fault("InternalError", "The store behind this server refused; its log says why.")
