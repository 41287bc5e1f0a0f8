"""Bodies: plain and in signed chunks, held against every hash that was promised."""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.objectstore import sigv4
from chassis.objectstore.front.auth import Caller
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.head import Head
from chassis.objectstore.front.payload import Source
from chassis.objectstore.tokens import Claims

KEY = b"k" * 32
SCOPE = "20260501/us-east-1/s3/aws4_request"
STAMP = "20260501T120000Z"
FIRST = "a" * 64


class Bytes:
    """A connection that holds these bytes, handed out a few at a time."""

    def __init__(self, data: bytes, step: int = 7) -> None:
        self.data = data
        self.step = step

    def readinto(self, view: memoryview) -> int:
        part = self.data[: min(len(view), self.step)]
        view[: len(part)] = part
        self.data = self.data[len(part) :]
        return len(part)

    def readline(self, limit: int) -> bytes:
        line, mark, self.data = self.data.partition(b"\r\n")
        if not mark or len(line) > limit:
            raise Fault("InvalidRequest")
        return line


def source(wire: bytes, payload: str, length: int | None = None, **headers: str) -> Source:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    head = Head("PUT", "/b/k", [], names, True, len(wire) if length is None else length)
    caller = Caller(Claims("id", None, 0), payload, KEY, STAMP, SCOPE, FIRST)
    return Source(Bytes(wire), head, caller)


def read(one: Source, block: int = 16) -> bytes:
    got = b""
    buffer = memoryview(bytearray(block))
    while count := one.readinto(buffer):
        got += bytes(buffer[:count])
    return got


def whole(one: Source) -> bytes:
    data = read(one)
    assert one.finish() == hashlib.md5(data, usedforsecurity=False).hexdigest()
    return data


def refused(one: Source) -> str:
    with pytest.raises(Fault) as caught:
        read(one)
        one.finish()
    return caught.value.code


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


@given(st.binary(max_size=200))
def test_a_plain_body_comes_through_as_it_is(data):
    assert whole(source(data, sha256(data))) == data
    assert whole(source(data, sigv4.UNSIGNED)) == data


@given(st.binary(min_size=1, max_size=60), st.integers(0, 59), st.integers(1, 255))
def test_a_body_with_one_bit_changed_is_not_kept(data, at, flip):
    changed = bytearray(data)
    changed[at % len(data)] ^= flip
    assert refused(source(bytes(changed), sha256(data))) == "XAmzContentSHA256Mismatch"


def test_a_body_that_ends_early_is_told():
    assert refused(source(b"half", sigv4.UNSIGNED, length=8)) == "IncompleteBody"


def test_content_md5_is_held():
    good = b64(hashlib.md5(b"data", usedforsecurity=False).digest())
    assert whole(source(b"data", sigv4.UNSIGNED, content_md5=good)) == b"data"
    assert refused(source(b"date", sigv4.UNSIGNED, content_md5=good)) == "BadDigest"


@pytest.mark.parametrize("text", ["", "x", "!!!!", b64(b"short"), b64(b"x" * 17)])
def test_what_is_no_md5_is_told(text):
    with pytest.raises(Fault) as caught:
        source(b"data", sigv4.UNSIGNED, content_md5=text)
    assert caught.value.code == "InvalidDigest"


SUMS = {
    "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "sha256": lambda data: hashlib.sha256(data).digest(),
}


@pytest.mark.parametrize("name", SUMS)
def test_a_checksum_in_a_header_is_held(name):
    header = {f"x_amz_checksum_{name}": b64(SUMS[name](b"data"))}
    assert whole(source(b"data", sigv4.UNSIGNED, **header)) == b"data"
    assert refused(source(b"date", sigv4.UNSIGNED, **header)) == "BadDigest"


def test_several_checksums_must_all_hold():
    right = {f"x_amz_checksum_{name}": b64(make(b"data")) for name, make in SUMS.items()}
    assert whole(source(b"data", sigv4.UNSIGNED, **right)) == b"data"
    for name in SUMS:
        wrong = {**right, f"x_amz_checksum_{name}": b64(SUMS[name](b"other"))}
        assert refused(source(b"data", sigv4.UNSIGNED, **wrong)) == "BadDigest"


def test_a_checksum_that_is_not_offered_is_told():
    with pytest.raises(Fault) as caught:
        source(b"data", sigv4.UNSIGNED, x_amz_checksum_crc64nvme="x")
    assert caught.value.code == "NotImplemented"
    # What only names the algorithm promises nothing.
    assert whole(source(b"data", sigv4.UNSIGNED, x_amz_checksum_algorithm="CRC64NVME")) == b"data"


def sign(previous: str, kind: str, rest: str) -> str:
    start = f"{sigv4.ALGORITHM}-{kind}\n{STAMP}\n{SCOPE}\n{previous}\n{rest}"
    return hmac.digest(KEY, start.encode(), "sha256").hex()


def chunked(*parts: bytes, signed: bool = True, trailer: tuple[str, str] | None = None) -> bytes:
    """The wire form of chunks, each signed over the one before."""
    wire, previous = b"", FIRST
    for part in (*parts, b""):
        head = f"{len(part):x}"
        if signed:
            previous = sign(previous, "PAYLOAD", f"{sigv4.EMPTY_SHA256}\n{sha256(part)}")
            head += f";chunk-signature={previous}"
        wire += head.encode() + b"\r\n" + (part + b"\r\n" if part else b"")
    if trailer:
        name, value = trailer
        wire += f"{name}:{value}\r\n".encode()
        if signed:
            signature = sign(previous, "TRAILER", sha256(f"{name}:{value}\n".encode()))
            wire += f"x-amz-trailer-signature:{signature}\r\n".encode()
    return wire + b"\r\n"


SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def stream(wire: bytes, length: int, payload: str = SIGNED, **headers: str) -> Source:
    return source(wire, payload, x_amz_decoded_content_length=str(length), **headers)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=6))
def test_signed_chunks_are_joined(parts):
    data = b"".join(parts)
    assert whole(stream(chunked(*parts), len(data))) == data


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=4), st.data())
def test_no_byte_of_a_signed_stream_can_be_changed(parts, data):
    wire = bytearray(chunked(*parts))
    at = data.draw(st.integers(0, len(wire) - 1))
    wire[at] ^= data.draw(st.integers(1, 255))
    try:
        got = whole(stream(bytes(wire), len(b"".join(parts))))
    except Fault:
        return
    # Only what means the same may pass: a length in the other case.
    assert got == b"".join(parts)
    assert bytes(wire).lower() == chunked(*parts).lower()


def test_chunks_cannot_be_left_out_or_turned_around():
    one, two = b"first chunk", b"second chunk"
    wire = chunked(one, two)
    ends = wire.index(b"\r\n" + one) + 2 + len(one) + 2
    assert refused(stream(wire[ends:], len(two))) == "SignatureDoesNotMatch"
    middle = wire.index(b"\r\n" + two) + 2 + len(two) + 2
    turned = wire[ends:middle] + wire[:ends] + wire[middle:]
    assert refused(stream(turned, len(one + two))) == "SignatureDoesNotMatch"


def test_a_stream_has_the_length_it_said():
    wire = chunked(b"data")
    assert refused(stream(wire, 3)) in {"IncompleteBody", "InvalidRequest"}
    assert refused(stream(wire, 5)) == "IncompleteBody"
    with pytest.raises(Fault) as caught:
        source(wire, SIGNED)
    assert caught.value.code == "MissingContentLength"
    for text in ("-1", "x", "1" * 16, "¹"):
        with pytest.raises(Fault):
            source(wire, SIGNED, x_amz_decoded_content_length=text)


def test_a_chunk_larger_than_it_may_be_is_refused():
    assert refused(stream(b"4000001;chunk-signature=" + b"a" * 64 + b"\r\n", 9)) == "InvalidRequest"


@pytest.mark.parametrize(
    "wire",
    [b"", b"zz\r\n", b"4\r\ndata\r\n0\r\n\r\n", b"4;chunk-signature=x\r\ndata\r\n", b"4;x=1\r\n"],
)
def test_a_head_of_a_chunk_that_cannot_be_read_is_refused(wire):
    assert refused(stream(wire, 4)) in {"InvalidRequest", "IncompleteBody"}


@pytest.mark.parametrize("name", SUMS)
def test_a_checksum_in_a_trailer_is_held(name):
    trailer = (f"x-amz-checksum-{name}", b64(SUMS[name](b"data")))
    wire = chunked(b"da", b"ta", signed=False, trailer=trailer)
    assert whole(stream(wire, 4, UNSIGNED, x_amz_trailer=trailer[0])) == b"data"
    wrong = (trailer[0], b64(SUMS[name](b"other")))
    wire = chunked(b"da", b"ta", signed=False, trailer=wrong)
    assert refused(stream(wire, 4, UNSIGNED, x_amz_trailer=trailer[0])) == "BadDigest"


def test_a_signed_trailer_is_held_to_its_signature():
    trailer = ("x-amz-checksum-crc32", b64(SUMS["crc32"](b"data")))
    wire = chunked(b"data", trailer=trailer)
    kind = f"{SIGNED}-TRAILER"
    assert whole(stream(wire, 4, kind, x_amz_trailer=trailer[0])) == b"data"
    forged = wire.replace(b"x-amz-trailer-signature:", b"x-amz-trailer-signature:0")
    assert refused(stream(forged, 4, kind, x_amz_trailer=trailer[0])) in {
        "SignatureDoesNotMatch",
        "InvalidRequest",
    }


def test_a_trailer_is_announced_and_comes():
    bare = chunked(b"data", signed=False)
    named = "x-amz-checksum-crc32"
    assert refused(stream(bare, 4, UNSIGNED, x_amz_trailer=named)) == "InvalidRequest"
    with pytest.raises(Fault):
        stream(bare, 4, UNSIGNED)
    with pytest.raises(Fault):
        stream(bare, 4, UNSIGNED, x_amz_trailer="x-other")
    surprise = chunked(b"data", trailer=(named, "x"))
    assert refused(stream(surprise, 4)) == "InvalidRequest"


@pytest.mark.parametrize("kind", ["STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-X"])
def test_a_way_of_streaming_that_is_not_offered_is_told(kind):
    with pytest.raises(Fault) as caught:
        stream(b"", 0, kind)
    assert caught.value.code == "NotImplemented"
