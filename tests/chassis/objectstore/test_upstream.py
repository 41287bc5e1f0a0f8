"""Calls to a store behind: what its answers mean here, and which connections are used again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.config import ConfigError
from chassis.objectstore.config import RemoteConfig
from chassis.objectstore.front.backend import Listing, is_span, span_of
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.remote import RemoteBackend, open_remote
from chassis.objectstore.front.upstream import Upstream, fault_of
from chassis.objectstore.tokens import Credentials


class Scripted:
    """A server that says what a test tells it to, one answer for each request."""

    def __init__(self, answers: list[bytes]) -> None:
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        self.requests: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while self._answers:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with sock:
                self._converse(sock)

    def _converse(self, sock: socket.socket) -> None:
        while self._answers:
            data = b""
            while b"\r\n\r\n" not in data:
                more = sock.recv(65536)
                if not more:
                    return
                data += more
            self.requests.append(data)
            answer = self._answers.pop(0)
            sock.sendall(answer)
            if b"connection: close" in answer or not answer.startswith(b"HTTP"):
                return

    def close(self) -> None:
        self._listener.close()


def said(status: str, body: bytes = b"", *more: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"content-length: {len(body)}", *more])
    return head.encode() + b"\r\n\r\n" + body


@pytest.fixture
def scripted() -> Iterator[object]:
    servers = []

    def make(*answers: bytes) -> tuple[Scripted, RemoteBackend]:
        server = Scripted(list(answers))
        config = RemoteConfig(endpoint=server.url, timeout_seconds=60)
        backend = RemoteBackend(Upstream(config, Credentials("AKEY", "secret", "")))
        servers.append((server, backend))
        return server, backend

    yield make
    for server, backend in servers:
        backend.close()
        server.close()


def fault(call) -> str:
    with pytest.raises(Fault) as caught:
        call()
    return caught.value.code


@pytest.mark.parametrize(
    ("status", "code", "here"),
    [
        (404, "NoSuchKey", "NoSuchKey"),
        (404, "NoSuchBucket", "NoSuchKey"),
        (404, "", "NoSuchKey"),
        (404, "NoSuchUpload", "NoSuchUpload"),
        (412, "", "PreconditionFailed"),
        (416, "InvalidRange", "InvalidRange"),
        (403, "AccessDenied", "InternalError"),
        (403, "SignatureDoesNotMatch", "InternalError"),
        (403, "", "InternalError"),
        (301, "PermanentRedirect", "InternalError"),
        (403, "QuotaExceeded", "StorageFull"),
        (507, "XMinioStorageFull", "StorageFull"),
        (507, "", "StorageFull"),
        (503, "SlowDown", "SlowDown"),
        (503, "", "SlowDown"),
        (500, "InternalError", "ServiceUnavailable"),
        (400, "EntityTooSmall", "EntityTooSmall"),
        (400, "InvalidPart", "InvalidPart"),
    ],
)
def test_what_a_refusal_behind_means_here(status: int, code: str, here: str) -> None:
    assert fault_of(status, code).code == here


def test_a_connection_is_used_again_after_answers_of_all_kinds(scripted) -> None:
    error = b"<Error><Code>NoSuchKey</Code></Error>"
    server, backend = scripted(
        said("404 Not Found"), said("404 Not Found", error), said("200 OK", b"", "etag: x")
    )
    assert backend.look("bucket", "a") is None
    assert fault(lambda: backend.open("bucket", "a", None)) == "NoSuchKey"
    assert backend.look("bucket", "a").meta.etag == "x"
    assert server.connections == 1


def test_a_connection_the_store_closes_is_not_used_again(scripted) -> None:
    server, backend = scripted(
        said("200 OK", b"", "etag: x", "connection: close"), said("200 OK", b"", "etag: y")
    )
    assert backend.look("bucket", "a").meta.etag == "x"
    assert backend.look("bucket", "a").meta.etag == "y"
    assert server.connections == 2


def test_an_answer_that_was_not_read_ends_its_connection(scripted) -> None:
    server, backend = scripted(said("200 OK", b"x" * 100), said("200 OK", b"", "etag: y"))
    backend.open("bucket", "a", None).content.close()
    assert backend.look("bucket", "a").meta.etag == "y"
    assert server.connections == 2


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"\r\n", said("200 OK", b"no xml")])
def test_an_answer_that_cannot_be_read_is_told(scripted, answer: bytes) -> None:
    _, backend = scripted(answer)
    assert fault(lambda: backend.page(Listing(bucket="bucket", prefix=""))) == "ServiceUnavailable"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        said("206 Partial Content", b"xy"),
        said("206 Partial Content", b"xy", "content-range: bytes */2"),
    ],
)
def test_an_object_of_unknown_extent_is_not_passed_on(scripted, answer: bytes) -> None:
    _, backend = scripted(answer)
    assert fault(lambda: backend.open("bucket", "a", "bytes=0-1")) == "ServiceUnavailable"


def test_nobody_there_is_told(scripted) -> None:
    server, backend = scripted()
    server.close()
    assert fault(lambda: backend.look("bucket", "a")) == "ServiceUnavailable"


def test_a_refusal_may_come_with_a_status_of_success(scripted) -> None:
    _, backend = scripted(said("200 OK", b"<Error><Code>SlowDown</Code></Error>"))
    assert fault(lambda: backend.page(Listing(bucket="bucket", prefix=""))) == "SlowDown"


def test_pages_go_on_where_the_store_says(scripted) -> None:
    first = (
        b"<R><IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;1</NextContinuationToken>"
        b"<Contents><Key>a%2Fb+c%2B</Key><ETag>&quot;e&quot;</ETag><Size>7</Size>"
        b"<LastModified>2024-01-02T03:04:05.000Z</LastModified></Contents>"
        b"<CommonPrefixes><Prefix>a%2F0</Prefix></CommonPrefixes></R>"
    )
    server, backend = scripted(said("200 OK", first), said("200 OK", b"<R/>"))
    page = backend.page(Listing(bucket="bucket", prefix="a/", delimiter="-", start_after="a"))
    assert [key for key, _ in page.entries] == [b"a/0", b"a/b c+"]
    assert page.entries[0][1] is None
    stored = page.entries[1][1]
    assert (stored.size, stored.modified, stored.meta.etag) == (7, 1704164645.0, "e")
    assert page.next_token == "t&1"
    assert backend.page(Listing(bucket="bucket", prefix="", token="t&1")).next_token is None
    assert b"continuation-token=t%261" in server.requests[1]
    assert b"delimiter=-" in server.requests[0]
    assert b"start-after=a " in server.requests[0]


def test_the_secret_is_not_on_the_wire(scripted) -> None:
    server, backend = scripted(said("200 OK"))
    backend.look("bucket", "a")
    assert b"AKEY/" in server.requests[0]
    assert b"secret" not in server.requests[0]


def test_a_configuration_that_is_not_whole_is_refused_by_name(tmp_path: Path) -> None:
    access = tmp_path / "access"
    access.write_text("AKEY")
    missing = {
        "remote.endpoint": RemoteConfig(endpoint="https://s3.example.org/below"),
        "remote.access_key_file": RemoteConfig(endpoint="http://s3"),
        "remote.secret_key_file": RemoteConfig(
            endpoint="http://s3", access_key_file=access, secret_key_file=tmp_path / "no"
        ),
    }
    for name, config in missing.items():
        with pytest.raises(ConfigError, match=name):
            open_remote(config)
    for endpoint in ("", "s3.example.org", "ftp://s3", "https://user@s3"):
        with pytest.raises(ConfigError, match=r"remote\.endpoint"):
            open_remote(RemoteConfig(endpoint=endpoint))
    whole = RemoteConfig(endpoint="https://s3", access_key_file=access, secret_key_file=access)
    open_remote(whole).close()


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("bytes=0-3", (0, 4)),
        ("bytes=0-99", (0, 10)),
        ("bytes= 4 - ", (4, 6)),
        ("bytes=-3", (7, 3)),
        ("bytes=-99", (0, 10)),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("lines=0-1", None),
    ],
)
def test_ranges(header: str | None, span: tuple[int, int] | None) -> None:
    assert span_of(header, 10) == span
    assert is_span(header) is (span is not None)


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=-0", "bytes=99-100"])
def test_ranges_behind_the_end(header: str) -> None:
    assert fault(lambda: span_of(header, 10)) == "InvalidRange"
