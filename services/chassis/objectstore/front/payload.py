"""Bodies: plain ones and aws-chunked ones, every byte held against the hashes that were promised.

A source hands out the decoded bytes; `finish` raises unless all checks held, and nothing may be
kept of a body before that.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import zlib
from typing import Protocol

from chassis.objectstore import sigv4
from chassis.objectstore.front.auth import STREAMING, Caller
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.head import Head

PART_BYTES = 5 * 1024**3
_CHUNK_BYTES = 64 * 1024**2
_LINE_BYTES = 4096
_HEX = re.compile(r"[0-9a-f]{64}")
_CHUNK_HEAD = re.compile(rb"([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?")
_TRAILER = re.compile(rb"([a-z0-9-]{1,64}):[ \t]*([!-~]*)[ \t]*")
_CHECKSUM = "x-amz-checksum-"
_NOT_ALGORITHMS = frozenset({"algorithm", "mode", "type"})


class Wire(Protocol):
    """The rest of the body on the connection."""

    def readinto(self, view: memoryview) -> int:
        """Fill some of the view; 0 only at the end of the body."""
        ...

    def readline(self, limit: int) -> bytes:
        """Return a line without its CRLF."""
        ...


class _Sum(Protocol):
    def update(self, data: memoryview, /) -> object: ...

    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: memoryview) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


def _sum_of(algorithm: str) -> _Sum:
    if algorithm == "crc32":
        return _Crc32()
    if algorithm in ("sha1", "sha256"):
        return hashlib.new(algorithm, usedforsecurity=False)
    raise Fault("NotImplemented", f"Checksums here are crc32, sha1 or sha256, not {algorithm}.")


class Source:
    """The decoded body of a request, with every checksum that came with it."""

    def __init__(self, wire: Wire, head: Head, caller: Caller) -> None:
        self._wire = wire
        self.md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256() if _HEX.fullmatch(caller.payload) else None
        self._payload = caller.payload
        self._content_md5 = _md5_of(head)
        self._promised = {
            name[len(_CHECKSUM) :]: value
            for name, value in head.headers.items()
            if name.startswith(_CHECKSUM) and name[len(_CHECKSUM) :] not in _NOT_ALGORITHMS
        }
        self._chunks = _Chunks(wire, caller, head) if caller.payload.startswith(STREAMING) else None
        if self._chunks is not None and self._chunks.trailer:
            self._promised[self._chunks.trailer] = ""
        self._sums = {name: _sum_of(name) for name in self._promised}
        self.length = self._chunks.length if self._chunks else head.length
        self._got = 0

    @property
    def is_hashed(self) -> bool:
        """Tell whether the hash of the whole body was promised."""
        return self._sha256 is not None

    def readinto(self, view: memoryview) -> int:
        """Fill the view as far as the body goes; less than asked only at its end."""
        filled = 0
        reader = self._chunks or self._wire
        while filled < len(view) and (count := reader.readinto(view[filled:])):
            filled += count
        part = view[:filled]
        self.md5.update(part)
        if self._sha256 is not None:
            self._sha256.update(part)
        for one in self._sums.values():
            one.update(part)
        self._got += filled
        return filled

    def finish(self) -> str:
        """Raise unless length, hashes and checksums hold; return the MD5."""
        if self._got != self.length:
            raise Fault("IncompleteBody")
        if self._sha256 is not None and self._sha256.hexdigest() != self._payload:
            raise Fault("XAmzContentSHA256Mismatch")
        if self._content_md5 not in (None, self.md5.digest()):
            raise Fault("BadDigest", "The data does not match Content-MD5.")
        if self._chunks is not None and self._chunks.trailer:
            self._promised[self._chunks.trailer] = self._chunks.trailer_value
        for name, value in self._promised.items():
            if base64.b64encode(self._sums[name].digest()).decode() != value:
                raise Fault("BadDigest", f"The data does not match {_CHECKSUM}{name}.")
        return self.md5.hexdigest()


def _md5_of(head: Head) -> bytes | None:
    text = head.headers.get("content-md5")
    if text is None:
        return None
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Fault("InvalidDigest") from None
    if len(digest) != 16:
        raise Fault("InvalidDigest")
    return digest


class _Chunks:
    """Decodes aws-chunked; each chunk's signature covers the one before it."""

    def __init__(self, wire: Wire, caller: Caller, head: Head) -> None:
        kind = caller.payload.removeprefix(STREAMING).removesuffix("-TRAILER")
        if kind not in ("AWS4-HMAC-SHA256-PAYLOAD", "UNSIGNED-PAYLOAD"):
            raise Fault("NotImplemented", "This streaming signature is not offered.")
        self._wire = wire
        self._caller = caller
        self._signed = kind != "UNSIGNED-PAYLOAD"
        self._previous = caller.signature
        self._expected: str | None = None
        self._sha256 = hashlib.sha256()
        self._left = 0
        self._ended = False
        self.trailer = ""
        self.trailer_value = ""
        length = head.headers.get("x-amz-decoded-content-length", "")
        if not re.fullmatch(r"[0-9]{1,15}", length, re.ASCII):
            raise Fault("MissingContentLength", "x-amz-decoded-content-length is missing.")
        self.length = int(length)
        if caller.payload.endswith("-TRAILER"):
            name = head.headers.get("x-amz-trailer", "").lower()
            if not name.startswith(_CHECKSUM):
                raise Fault("InvalidRequest", "x-amz-trailer names one checksum.")
            self.trailer = name.removeprefix(_CHECKSUM)

    def readinto(self, view: memoryview) -> int:
        if not self._left and not self._ended:
            self._next_chunk()
        if self._ended:
            return 0
        count = self._wire.readinto(view[: self._left])
        if not count:
            raise Fault("IncompleteBody")
        if self._signed:
            self._sha256.update(view[:count])
        self._left -= count
        if not self._left:
            self._end_chunk()
        return count

    def _next_chunk(self) -> None:
        match = _CHUNK_HEAD.fullmatch(self._wire.readline(_LINE_BYTES))
        if match is None or (match[2] is not None) != self._signed:
            raise Fault("InvalidRequest", "The head of a chunk cannot be read.")
        self._left = int(match[1], 16)
        if self._left > _CHUNK_BYTES:
            raise Fault("InvalidRequest", "A chunk is larger than 64 MiB.")
        self._expected = match[2].decode() if match[2] else None
        if not self._left:
            self._ended = True
            self._check_signature()
            self._read_trailer()

    def _end_chunk(self) -> None:
        self._check_signature()
        if self._wire.readline(_LINE_BYTES):
            raise Fault("InvalidRequest", "A chunk is longer than it says.")

    def _check_signature(self) -> None:
        if not self._signed:
            return
        digest = self._sha256.hexdigest()
        self._sha256 = hashlib.sha256()
        self._previous = self._sign("PAYLOAD", f"{sigv4.EMPTY_SHA256}\n{digest}")
        if not hmac.compare_digest(self._previous, self._expected or ""):
            raise Fault("SignatureDoesNotMatch", "A chunk does not match its signature.")

    def _sign(self, kind: str, rest: str) -> str:
        caller = self._caller
        start = f"{sigv4.ALGORITHM}-{kind}\n{caller.timestamp}\n{caller.scope}"
        text = f"{start}\n{self._previous}\n{rest}"
        return hmac.digest(caller.key, text.encode(), "sha256").hex()

    def _read_trailer(self) -> None:
        found: dict[str, str] = {}
        while line := self._wire.readline(_LINE_BYTES):
            match = _TRAILER.fullmatch(line)
            if match is None or len(found) > 4:
                raise Fault("InvalidRequest", "A trailer cannot be read.")
            found[match[1].decode()] = match[2].decode()
        if not self.trailer:
            if found:
                raise Fault("InvalidRequest", "A trailer came that was not announced.")
            return
        name = _CHECKSUM + self.trailer
        if name not in found:
            raise Fault("InvalidRequest", f"The trailer {name} did not come.")
        self.trailer_value = found[name]
        if self._signed:
            digest = hashlib.sha256(f"{name}:{found[name]}\n".encode()).hexdigest()
            signature = self._sign("TRAILER", digest)
            if not hmac.compare_digest(signature, found.get("x-amz-trailer-signature", "")):
                raise Fault("SignatureDoesNotMatch", "The trailer does not match its signature.")
