"""The front's reading of raw requests: chunked signatures, framing, limits, and noise."""

from __future__ import annotations

import asyncio
import base64
import errno
import hashlib
import hmac
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servers import BotoClient, FrontProcess, Target

from chassis import clock
from chassis.objectstore import sigv4
from chassis.objectstore.contract import Grant, GrantScope
from chassis.objectstore.stores import FrontStore
from chassis.objectstore.tokens import Credentials

PAYLOAD = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
DATA = bytes(range(256)) * 700
CHUNK = 65_536


@dataclass
class Signed:
    """A request as a client that streams would sign it."""

    headers: dict[str, str]
    key: bytes
    timestamp: str
    scope: str
    signature: str


@pytest.fixture(scope="module")
def grant(front: Target) -> Grant:
    async def make() -> Grant:
        store = FrontStore(front.config)
        granted = await store.grant_write(GrantScope(bucket="mikro-zarr", prefix="wire/s"))
        await store.aclose()
        return granted

    return asyncio.run(make())


def sign(
    front: Target, grant: Grant, method: str, target: str, payload: str, **extra: str
) -> Signed:
    credentials = Credentials(grant.access_key, grant.secret_key, grant.session_token)
    path, _, query = target.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    moment = clock.now()
    headers = sigv4.signed_headers(
        method=method,
        host=front.url.removeprefix("http://"),
        path=path,
        query=pairs,
        headers={name.replace("_", "-"): value for name, value in extra.items()},
        payload_hash=payload,
        credentials=credentials,
        region="us-east-1",
        moment=moment,
    )
    timestamp = moment.strftime(sigv4.DATE_FORMAT)
    key = sigv4.signing_key(grant.secret_key, timestamp[:8], "us-east-1", "s3")
    scope = f"{timestamp[:8]}/us-east-1/s3/aws4_request"
    return Signed(headers, key, timestamp, scope, headers["authorization"][-64:])


def chunks(signed: Signed, data: bytes, *, trailer: str | None = None) -> bytes:
    """Return a body in signed chunks, with a checksum behind it if one is asked for."""
    previous, body = signed.signature, b""
    for at in [*range(0, len(data), CHUNK), len(data)]:
        part = data[at : at + CHUNK]
        rest = f"{sigv4.EMPTY_SHA256}\n{hashlib.sha256(part).hexdigest()}"
        previous = chunk_signature(signed, "PAYLOAD", previous, rest)
        end = b"" if not part and trailer else b"\r\n"
        body += f"{len(part):x};chunk-signature={previous}\r\n".encode() + part + end
    if trailer:
        rest = hashlib.sha256(f"{trailer}\n".encode()).hexdigest()
        last = chunk_signature(signed, "TRAILER", previous, rest)
        body += f"{trailer}\r\nx-amz-trailer-signature:{last}\r\n\r\n".encode()
    return body


def chunk_signature(signed: Signed, kind: str, previous: str, rest: str) -> str:
    text = f"AWS4-HMAC-SHA256-{kind}\n{signed.timestamp}\n{signed.scope}\n{previous}\n{rest}"
    return hmac.digest(signed.key, text.encode(), "sha256").hex()


def crc32(data: bytes) -> str:
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


def send(front: Target, path: str, headers: dict[str, str], body: bytes) -> httpx.Response:
    return httpx.put(front.url + path, headers=headers, content=body, timeout=120)


def streamed(front: Target, grant: Grant, path: str) -> Signed:
    length = {"x_amz_decoded_content_length": str(len(DATA)), "content_encoding": "aws-chunked"}
    return sign(front, grant, "PUT", path, PAYLOAD, **length)


def code(response: httpx.Response) -> str:
    return response.text.partition("<Code>")[2].partition("</Code>")[0]


def test_signed_chunks_are_read(front: Target, grant: Grant) -> None:
    path = "/mikro-zarr/wire/s/chunked"
    signed = streamed(front, grant, path)
    assert send(front, path, signed.headers, chunks(signed, DATA)).status_code == 200
    client = BotoClient(front.url, grant)
    assert client.get("wire/s/chunked") == DATA
    assert "ContentEncoding" not in client._call("head_object", Key="wire/s/chunked")


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        (DATA[:50], b"x" * 50, "SignatureDoesNotMatch"),
        (b"10000;chunk", b"10001;chunk", "InvalidRequest"),
        (b"\r\n0;chunk-signature=", b"\r\n0;chunk-signature=0", "InvalidRequest"),
        (b";chunk-signature=", b";chunk-extension=", "InvalidRequest"),
        (b"10000;", b"ffffffff;", "InvalidRequest"),
        (b"10000;", b"-1;", "InvalidRequest"),
    ],
)
def test_tampered_chunks_are_refused(
    front: Target, grant: Grant, old: bytes, new: bytes, refusal: str
) -> None:
    path = "/mikro-zarr/wire/s/tampered"
    signed = streamed(front, grant, path)
    body = chunks(signed, DATA).replace(old, new, 1)
    assert code(send(front, path, signed.headers, body)) in (refusal, "SignatureDoesNotMatch")
    assert code(send(front, path, signed.headers, chunks(signed, DATA)[:-90])) != ""
    assert BotoClient(front.url, grant).list("wire/s/tampered/") == []


@pytest.mark.parametrize("kind", ["signed", "unsigned"])
@pytest.mark.parametrize("right", [True, False])
def test_checksums_in_a_trailer_are_held(
    front: Target, grant: Grant, kind: str, right: bool
) -> None:
    path = f"/mikro-zarr/wire/s/trailer-{kind}-{right}"
    trailer = f"x-amz-checksum-crc32:{crc32(DATA if right else b'other')}"
    payload = f"{PAYLOAD}-TRAILER" if kind == "signed" else "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    about = {
        "x_amz_decoded_content_length": str(len(DATA)),
        "x_amz_trailer": "x-amz-checksum-crc32",
    }
    signed = sign(front, grant, "PUT", path, payload, **about)
    if kind == "signed":
        body = chunks(signed, DATA, trailer=trailer)
    else:
        body = f"{len(DATA):x}\r\n".encode() + DATA + f"\r\n0\r\n{trailer}\r\n\r\n".encode()
    answer = send(front, path, signed.headers, body)
    assert code(answer) == ("" if right else "BadDigest")
    if kind == "signed" and right:
        forged = body.replace(b"trailer-signature:", b"trailer-signature:0")
        assert code(send(front, path, signed.headers, forged)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("header", "value", "refusal"),
    [
        ("content-md5", base64.b64encode(hashlib.md5(b"other").digest()).decode(), "BadDigest"),
        ("content-md5", "not base64", "InvalidDigest"),
        ("content-md5", "AAAA", "InvalidDigest"),
        ("x_amz_checksum_crc32", crc32(b"other"), "BadDigest"),
        ("x_amz_checksum_sha1", "AAAA", "BadDigest"),
        ("x_amz_checksum_crc64nvme", "AAAA", "NotImplemented"),
        ("x_amz_copy_source", "/mikro-zarr/wire/s/x", "NotImplemented"),
        ("if_none_match", '"etag"', "NotImplemented"),
        ("if_match", '"etag"', "NoSuchKey"),
    ],
)
def test_promises_in_headers_are_held(
    front: Target, grant: Grant, header: str, value: str, refusal: str
) -> None:
    path = "/mikro-zarr/wire/s/promised"
    payload = hashlib.sha256(DATA).hexdigest()
    signed = sign(front, grant, "PUT", path, payload, **{header: value})
    assert code(send(front, path, signed.headers, DATA)) == refusal


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("GET", "/", "AccessDenied"),
        ("GET", "/mikro/wire/s/x", "NoSuchBucket"),
        ("GET", "/..%2f..%2fetc/passwd", "NoSuchBucket"),
        ("GET", "/mikro-zarr/../../etc/passwd", "AccessDenied"),
        ("GET", "/mikro-zarr/wire/s/%2e%2e/%2e%2e/%2e%2e/key", "NoSuchKey"),
        ("GET", "/mikro-zarr/wire/s/x?acl=", "NotImplemented"),
        ("GET", "/mikro-zarr?prefix=wire%2Fs%2F", "NotImplemented"),
        ("GET", "/mikro-zarr?list-type=2&max-keys=many&prefix=wire%2Fs%2F", "InvalidArgument"),
        (
            "GET",
            "/mikro-zarr?continuation-token=%21&list-type=2&prefix=wire%2Fs%2F",
            "InvalidArgument",
        ),
        ("PUT", "/mikro-zarr", "AccessDenied"),
        ("PATCH", "/mikro-zarr/wire/s/x", "MethodNotAllowed"),
        ("POST", "/mikro-zarr/wire/s/x", "MethodNotAllowed"),
        ("PUT", "/mikro-zarr/wire/s/x?partNumber=1&uploadId=none", "NoSuchUpload"),
        ("DELETE", "/mikro-zarr/wire/s/x?uploadId=..", "NoSuchUpload"),
        ("POST", "/mikro-zarr/wire/s/x?uploadId=none", "MalformedXML"),
        ("POST", "/mikro-zarr?delete=", "MalformedXML"),
        ("GET", "/mikro-zarr/wire/s/" + "k" * 1024, "KeyTooLongError"),
    ],
)
def test_wrong_calls_have_codes(
    front: Target, grant: Grant, method: str, path: str, refusal: str
) -> None:
    signed = sign(front, grant, method, path, sigv4.EMPTY_SHA256)
    with httpx.Client() as client:
        request = client.build_request(method, front.url, headers=signed.headers)
        request.url = request.url.copy_with(raw_path=path.encode())
        answer = client.send(request)
    if "%2e" in path or ".." in path:
        # The signature covers the path as the server reads it.
        assert code(answer) in (refusal, "SignatureDoesNotMatch", "NoSuchUpload")
    else:
        assert code(answer) == refusal
    assert answer.headers["x-amz-request-id"]


def test_headers_that_mean_something_are_signed(front: Target, grant: Grant) -> None:
    path = "/mikro-zarr/wire/s/added"
    signed = sign(front, grant, "PUT", path, hashlib.sha256(DATA).hexdigest())
    added = signed.headers | {"x-amz-meta-owner": "somebody"}
    assert code(send(front, path, added, DATA)) == "AccessDenied"
    assert send(front, path, signed.headers, DATA).status_code == 200


@contextmanager
def connected(front: Target) -> Iterator[socket.socket]:
    host, _, port = front.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=120) as sock:
        yield sock


def talk(front: Target, data: bytes) -> bytes:
    """Send bytes, say that there are no more, and return all that comes."""
    answer = b""
    with connected(front) as sock:
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            while part := sock.recv(65_536):
                answer += part
        except OSError as gone:
            # A reset is told by whichever call comes first after it; `shutdown` names it ENOTCONN.
            if gone.errno not in {errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN}:
                raise
    return answer


def test_requests_may_come_in_a_row(front: Target) -> None:
    one = b"GET /minio/health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    assert talk(front, one * 3).count(b"HTTP/1.1 200 OK") == 3
    assert talk(front, one.replace(b"1.1", b"1.0") * 2).count(b"HTTP/1.1 200 OK") == 1


def test_a_next_request_may_come_in_pieces_or_late(front: Target) -> None:
    """A worker stays with a client for a moment; what comes later or halfway goes to the loop."""
    one = b"GET /minio/health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    with connected(front) as sock:
        for pieces in ([one], [one[:9], one[9:]], [one[:-1], one[-1:]], [one + one[:5], one[5:]]):
            for piece in pieces:
                sock.sendall(piece)
                threading.Event().wait(0.05)
        answer = b""
        while answer.count(b"HTTP/1.1 200 OK") < 5:
            part = sock.recv(65_536)
            assert part, answer
            answer += part


def test_more_clients_than_workers_are_served_in_turn(tmp_path: Path) -> None:
    one = b"GET /minio/health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    process = FrontProcess(tmp_path, options={"workers": "2"}).start()
    try:
        with ExitStack() as stack:
            socks = [stack.enter_context(connected(process.target)) for _ in range(12)]
            for _ in range(5):
                for sock in socks:
                    sock.sendall(one)
                for sock in socks:
                    assert sock.recv(65_536).startswith(b"HTTP/1.1 200 OK")
    finally:
        assert process.stop() == 0


def test_a_refused_body_does_not_become_a_request(front: Target) -> None:
    hidden = b"GET /minio/health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"PUT /mikro-zarr/wire/s/x HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    answer = talk(front, head % len(hidden) + hidden)
    assert answer.count(b"HTTP/1.1 ") == 1 and b"403 Forbidden" in answer
    large = b"x" * (9 * 1024 * 1024)
    answer = talk(front, head % len(large) + large + hidden)
    # A reset may overtake the answer; what counts is that no second one comes.
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert not answer or b"connection: close" in answer


def test_a_body_is_asked_for_only_after_the_grant_holds(front: Target, grant: Grant) -> None:
    path = "/mikro-zarr/wire/s/expect"
    signed = sign(front, grant, "PUT", path, hashlib.sha256(b"body").hexdigest())
    for headers, answer in (
        (signed.headers, b"HTTP/1.1 100 Continue"),
        ({"host": "x"}, b"HTTP/1.1 403 Forbidden"),
    ):
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"PUT {path} HTTP/1.1\r\n{lines}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        with connected(front) as sock:
            sock.sendall(head.encode())
            assert sock.recv(65_536).startswith(answer)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET / HTTP/1.1\r\n folded: x\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET http://other/ HTTP/1.1\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\n\r\n",
        b"GET /%zz HTTP/1.1\r\n\r\n",
        b"GET /%ff HTTP/1.1\r\n\r\n",
        b"GET /a%00b HTTP/1.1\r\n\r\n",
        b"GET /?a=1&a=2 HTTP/1.1\r\n\r\n",
        b"PUT / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"PUT / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
        b"PUT / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\nHost: x\n\n\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 200 + b"\r\n",
    ],
)
def test_heads_that_two_servers_could_read_differently_are_refused(
    front: Target, data: bytes
) -> None:
    answer = talk(front, data)
    assert answer.startswith(b"HTTP/1.1 4"), answer[:80]
    assert answer.count(b"HTTP/1.1 ") == 1


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 60))
def test_noise_is_answered_or_dropped(
    front: Target, grant: Grant, noise: bytes, at: int, cut: int
) -> None:
    """A good request with noise in the middle of it: never a 5xx, never a hang."""
    path = "/mikro-zarr/wire/s/noise"
    signed = sign(front, grant, "PUT", path, hashlib.sha256(b"body").hexdigest())
    lines = "".join(f"{name}: {value}\r\n" for name, value in signed.headers.items())
    good = f"PUT {path} HTTP/1.1\r\n{lines}Content-Length: 4\r\n\r\nbody".encode()
    data = good[:at] + noise + good[at + cut :]
    answer = talk(front, data)
    assert not answer or answer[:10] in (b"HTTP/1.1 4", b"HTTP/1.1 2"), answer[:100]
    if answer.startswith(b"HTTP/1.1 2"):
        assert BotoClient(front.url, grant).get("wire/s/noise") == b"body"


def test_the_front_lives_after_all_that(front: Target, front_process: FrontProcess) -> None:
    assert front_process.process is not None and front_process.process.poll() is None
    assert httpx.get(f"{front.url}/minio/health/live").status_code == 200
