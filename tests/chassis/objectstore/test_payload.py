"""Bodies: nothing that was changed on the way is ever finished."""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.objectstore import sigv4, tokens
from chassis.objectstore.front.auth import Caller
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.head import Head
from chassis.objectstore.front.payload import Source

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
TIME, SCOPE, KEY, SEED = "20261127T120000Z", "20261127/us-east-1/s3/aws4_request", b"key", "ab" * 32
DATA = b"microscopy " * 2000


class Memory:
    """The rest of a body, from memory, a few bytes at a time."""

    def __init__(self, data: bytes, step: int = 1000) -> None:
        self._data, self._step = data, step

    def readinto(self, view: memoryview) -> int:
        part = self._data[: min(len(view), self._step)]
        view[: len(part)] = part
        self._data = self._data[len(part) :]
        return len(part)

    def readline(self, limit: int) -> bytes:
        line, found, rest = self._data.partition(b"\r\n")
        if not found or len(line) > limit:
            raise Fault("IncompleteBody")
        self._data = rest
        return line


def source(
    body: bytes, payload: str, headers: dict[str, str] | None = None, step: int = 1000
) -> Source:
    lines = {"content-length": str(len(body)), **(headers or {})}
    head = Head("PUT", "/b/k", [], lines, keep_alive=True, length=len(body))
    caller = Caller(tokens.Claims("i", None, 0), payload, KEY, TIME, SCOPE, SEED)
    return Source(Memory(body, step), head, caller)


def read(one: Source, block: int = 4096) -> tuple[bytes, str]:
    """Read it all and finish; the data and its MD5."""
    data, buffer = b"", bytearray(block)
    while count := one.readinto(memoryview(buffer)):
        data += buffer[:count]
    return data, one.finish()


def refused(make: Callable[[], Source]) -> str:
    with pytest.raises(Fault) as fault:
        read(make())
    return fault.value.code


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sign(kind: str, previous: str, rest: str) -> str:
    text = f"{sigv4.ALGORITHM}-{kind}\n{TIME}\n{SCOPE}\n{previous}\n{rest}"
    return hmac.digest(KEY, text.encode(), "sha256").hex()


def chunked(data: bytes, size: int = 8192) -> bytes:
    """Encode as a client that signs every chunk."""
    previous, body = SEED, b""
    for part in [*(data[at : at + size] for at in range(0, len(data), size)), b""]:
        previous = sign("PAYLOAD", previous, f"{sigv4.EMPTY_SHA256}\n{sha256(part)}")
        body += f"{len(part):x};chunk-signature={previous}\r\n".encode()
        body += part + b"\r\n" if part else b""
    return body + b"\r\n"


def decoded(data: bytes) -> dict[str, str]:
    return {"x-amz-decoded-content-length": str(len(data))}


@given(data=st.binary(max_size=3000), step=st.integers(1, 600), block=st.integers(1, 5000))
def test_a_plain_body_comes_through_whole(data: bytes, step: int, block: int) -> None:
    found, md5 = read(source(data, sha256(data), step=step), block)
    assert found == data
    assert md5 == hashlib.md5(data, usedforsecurity=False).hexdigest()


@given(data=st.binary(min_size=1, max_size=2000), place=st.integers(0, 10**6))
def test_a_changed_byte_is_found(data: bytes, place: int) -> None:
    changed = bytearray(data)
    changed[place % len(data)] ^= 1
    assert refused(lambda: source(bytes(changed), sha256(data))) == "XAmzContentSHA256Mismatch"


def test_without_a_hash_the_length_still_counts() -> None:
    assert read(source(DATA, sigv4.UNSIGNED))[0] == DATA

    def short() -> Source:
        one = source(DATA[:-1], sigv4.UNSIGNED)
        one.length = len(DATA)
        return one

    assert refused(short) == "IncompleteBody"


CHECKSUMS = {
    "crc32": b64(zlib.crc32(DATA).to_bytes(4, "big")),
    "sha1": b64(hashlib.sha1(DATA, usedforsecurity=False).digest()),
    "sha256": b64(hashlib.sha256(DATA).digest()),
}


@pytest.mark.parametrize("algorithm", CHECKSUMS)
def test_checksums_in_headers_are_held(algorithm: str) -> None:
    name = f"x-amz-checksum-{algorithm}"
    right = {name: CHECKSUMS[algorithm], "x-amz-checksum-algorithm": algorithm.upper()}
    assert read(source(DATA, sigv4.UNSIGNED, right))[0] == DATA
    wrong = {name: b64(b"wrong")}
    assert refused(lambda: source(DATA, sigv4.UNSIGNED, wrong)) == "BadDigest"


def test_a_checksum_that_is_not_known_is_not_passed_over() -> None:
    headers = {"x-amz-checksum-crc64nvme": "AAAA"}
    with pytest.raises(Fault, match="NotImplemented"):
        source(DATA, sigv4.UNSIGNED, headers)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b64(hashlib.md5(DATA, usedforsecurity=False).digest()), None),
        (b64(hashlib.md5(b"other", usedforsecurity=False).digest()), "BadDigest"),
        ("no base64!", "InvalidDigest"),
        (b64(b"short"), "InvalidDigest"),
        ("", "InvalidDigest"),
    ],
)
def test_content_md5_is_held(text: str, code: str | None) -> None:
    def make() -> Source:
        return source(DATA, sigv4.UNSIGNED, {"content-md5": text})

    if code is None:
        assert read(make())[0] == DATA
    else:
        assert refused(make) == code


@given(data=st.binary(max_size=5000), size=st.integers(1, 2000), step=st.integers(1, 700))
def test_signed_chunks_come_through_whole(data: bytes, size: int, step: int) -> None:
    body = chunked(data, size)
    assert read(source(body, SIGNED, decoded(data), step))[0] == data


@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_no_changed_bit_of_a_chunked_body_is_finished(place: int, bit: int) -> None:
    body = bytearray(chunked(DATA[:3000], 1024))
    body[place % len(body)] ^= 1 << bit
    with pytest.raises(Fault):
        data, _ = read(source(bytes(body), SIGNED, decoded(DATA[:3000])))
        # The one bit that may change: the case of a length, which says the same.
        if data == DATA[:3000]:
            raise Fault("BadDigest")


def test_chunks_cannot_be_dropped_swapped_or_repeated() -> None:
    data = bytes(range(256)) * 12
    body = chunked(data, 1024)
    heads = body.split(b"\r\n")
    first, second = heads[0:2], heads[2:4]
    for order in (
        [*second, *first, *heads[4:]],
        [*first, *heads[4:]],
        [*first, *first, *heads[2:]],
    ):
        changed = b"\r\n".join(order)
        code = refused(lambda changed=changed: source(changed, SIGNED, decoded(data)))
        assert code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "IncompleteBody"),
        (b"zz\r\n", "InvalidRequest"),
        (b"5\r\nhello\r\n0\r\n\r\n", "InvalidRequest"),  # no signature
        (b"5;chunk-signature=" + b"0" * 64 + b"\r\nhello\r\n", "SignatureDoesNotMatch"),
        (b"ffffffff;chunk-signature=" + b"0" * 64 + b"\r\n", "InvalidRequest"),
        (b"5;chunk-signature=" + b"0" * 64 + b"\r\nhel", "IncompleteBody"),
        (b"5;other=1\r\nhello\r\n", "InvalidRequest"),
    ],
)
def test_chunks_of_another_form_are_refused(body: bytes, code: str) -> None:
    assert refused(lambda: source(body, SIGNED, decoded(b"hello"))) == code


@pytest.mark.parametrize("text", ["", "x", "-1", "1" * 16, "٣"])
def test_a_chunked_body_says_how_long_it_is(text: str) -> None:
    with pytest.raises(Fault, match="MissingContentLength"):
        source(b"", SIGNED, {"x-amz-decoded-content-length": text})


def test_a_chunked_body_is_as_long_as_it_says() -> None:
    for length in (len(DATA) - 1, len(DATA) + 1):
        headers = {"x-amz-decoded-content-length": str(length)}
        assert refused(lambda h=headers: source(chunked(DATA), SIGNED, h)) == "IncompleteBody"


def trailed(data: bytes, *trailers: tuple[str, str]) -> bytes:
    lines = "".join(f"{name}:{value}\r\n" for name, value in trailers)
    return f"{len(data):x}\r\n".encode() + data + f"\r\n0\r\n{lines}\r\n".encode()


TRAILER = {**decoded(DATA), "x-amz-trailer": "x-amz-checksum-crc32"}


def test_a_checksum_may_come_last() -> None:
    body = trailed(DATA, ("x-amz-checksum-crc32", CHECKSUMS["crc32"]))
    assert read(source(body, UNSIGNED, TRAILER))[0] == DATA


@pytest.mark.parametrize(
    ("trailers", "code"),
    [
        ([], "InvalidRequest"),
        ([("x-amz-checksum-crc32", "AAAAAA==")], "BadDigest"),
        ([("x-amz-checksum-sha256", CHECKSUMS["sha256"])], "InvalidRequest"),
        ([("X-Upper", "1")], "InvalidRequest"),
        ([(f"x-{n}", "1") for n in range(9)], "InvalidRequest"),
    ],
)
def test_a_trailer_that_does_not_hold_is_refused(
    trailers: list[tuple[str, str]], code: str
) -> None:
    body = trailed(DATA, *trailers)
    assert refused(lambda: source(body, UNSIGNED, TRAILER)) == code


@pytest.mark.parametrize("name", ["", "content-type", "x-amz-meta-a"])
def test_a_trailer_is_a_checksum(name: str) -> None:
    with pytest.raises(Fault, match="InvalidRequest"):
        source(b"", UNSIGNED, {**decoded(b""), "x-amz-trailer": name})


def test_a_trailer_that_was_not_announced_is_refused() -> None:
    body = chunked(DATA)[:-2] + b"x-amz-checksum-crc32:AAAA\r\n\r\n"
    assert refused(lambda: source(body, SIGNED, decoded(DATA))) == "InvalidRequest"


def test_signed_trailers_are_signed() -> None:
    kind = SIGNED + "-TRAILER"
    body = chunked(DATA)[:-2]
    last = body.rstrip(b"\r\n").rpartition(b"chunk-signature=")[2].decode()
    line = f"x-amz-checksum-crc32:{CHECKSUMS['crc32']}"
    signature = sign("TRAILER", last, sha256(f"{line}\n".encode()))
    right = body + f"{line}\r\nx-amz-trailer-signature:{signature}\r\n\r\n".encode()
    assert read(source(right, kind, TRAILER))[0] == DATA
    for wrong in (f"{line}\r\nx-amz-trailer-signature:{'0' * 64}\r\n\r\n", f"{line}\r\n\r\n"):
        code = refused(lambda wrong=wrong: source(body + wrong.encode(), kind, TRAILER))
        assert code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("kind", ["STREAMING-", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"])
def test_other_ways_of_streaming_are_not_offered(kind: str) -> None:
    with pytest.raises(Fault, match="NotImplemented"):
        source(b"", kind, decoded(b""))
