"""A connection while a worker has it: bodies, lines, answers, and the other side going away."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.objectstore.front import connection as module
from chassis.objectstore.front.connection import Connection, Gone
from chassis.objectstore.front.faults import Fault


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    for one in (ours, theirs):
        one.settimeout(2)
    yield ours, theirs
    ours.close()
    theirs.close()


def read_all(one: Connection, block: int = 7) -> bytes:
    data, buffer = b"", bytearray(block)
    while count := one.readinto(memoryview(buffer)):
        data += buffer[:count]
    return data


@given(rest=st.binary(max_size=50), more=st.binary(max_size=50), length=st.integers(0, 60))
def test_a_body_begins_behind_the_head_and_ends_where_it_says(
    rest: bytes, more: bytes, length: int
) -> None:
    length = min(length, len(rest) + len(more))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(more)
        one = Connection(ours, rest, length, expects=False)
        assert read_all(one) == (rest + more)[:length]
        assert one.left == 0
        # What came behind the body is the next request, none of it is lost.
        assert one.surplus == rest[length:]


def test_a_client_that_waits_is_asked_for_the_body_once(pair) -> None:
    ours, theirs = pair
    one = Connection(ours, b"", 4, expects=True)
    theirs.sendall(b"ab")
    buffer = bytearray(4)
    assert one.readinto(memoryview(buffer)) == 2
    assert theirs.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    theirs.sendall(b"cd")
    assert one.readinto(memoryview(buffer)) == 2
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        theirs.recv(1)


def test_lines_are_read_over_the_bytes_at_hand(pair) -> None:
    ours, theirs = pair
    theirs.sendall(b"st\r\nsecond\r\n\r\nrest")
    one = Connection(ours, b"fir", 21, expects=False)
    assert [one.readline(100) for _ in range(3)] == [b"first", b"second", b""]
    assert one.left == 4 and read_all(one) == b"rest"


@pytest.mark.parametrize(("limit", "length"), [(5, 100), (100, 8)])
def test_a_line_that_does_not_end_is_refused(pair, limit: int, length: int) -> None:
    ours, theirs = pair
    theirs.sendall(b"x" * 50)
    with pytest.raises(Fault, match="InvalidRequest"):
        Connection(ours, b"", length, expects=False).readline(limit)


def test_a_body_that_stalls_is_told_so(pair) -> None:
    ours, _ = pair
    ours.settimeout(0.05)
    with pytest.raises(Fault, match="RequestTimeout"):
        read_all(Connection(ours, b"", 5, expects=False))


@pytest.mark.parametrize("sent", [b"", b"abc"])
def test_a_client_that_goes_away_is_gone(pair, sent: bytes) -> None:
    ours, theirs = pair
    theirs.sendall(sent)
    theirs.close()
    with pytest.raises(Gone):
        read_all(Connection(ours, b"", 5, expects=False))


def test_answering_nobody_is_no_failure_of_ours(pair) -> None:
    ours, theirs = pair
    theirs.close()
    one = Connection(ours, b"", 0, expects=False)
    with pytest.raises(Gone):
        for _ in range(100):
            one.answer(200, {}, b"x" * 100_000)


def test_a_refused_body_is_read_to_its_end_if_it_is_short(pair) -> None:
    ours, theirs = pair
    theirs.sendall(b"x" * 1000 + b"GET /")
    one = Connection(ours, b"", 1000, expects=False)
    assert one.drain() is True and one.left == 0
    assert ours.recv(100) == b"GET /"


def test_a_refused_body_that_is_long_or_not_sent_yet_is_not_waited_for(
    pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, _ = pair
    monkeypatch.setattr(module, "DRAIN_BYTES", 10)
    assert Connection(ours, b"", 11, expects=False).drain() is False
    assert Connection(ours, b"", 5, expects=True).drain() is False
    assert Connection(ours, b"", 0, expects=True).drain() is True


@pytest.mark.parametrize("size", [0, 1, 1000, 300_000, 3_000_000])
def test_a_stretch_of_a_file_is_sent(size: int) -> None:
    ours, theirs = socket.socketpair()
    content = bytes(range(256)) * (size // 256 + 2)
    with ours, theirs, tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        ours.settimeout(5)
        theirs.settimeout(5)
        got = bytearray()

        def receive() -> None:
            while part := theirs.recv(65536):
                got.extend(part)

        reader = threading.Thread(target=receive)
        reader.start()
        one = Connection(ours, b"", 0, expects=False)
        one.answer_file(206, {"content-length": str(size)}, file.fileno(), 100, size)
        ours.shutdown(socket.SHUT_WR)
        reader.join()
    head, _, body = bytes(got).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 206 ") and one.answered
    assert body == content[100 : 100 + size]


def test_a_file_that_is_shorter_than_promised_is_never_padded(pair) -> None:
    ours, _ = pair
    with tempfile.TemporaryFile() as file:
        file.write(b"short")
        file.flush()
        with pytest.raises(Gone):
            Connection(ours, b"", 0, expects=False).answer_file(200, {}, file.fileno(), 0, 10)


def test_a_reader_that_stalls_is_dropped(pair) -> None:
    ours, _ = pair
    ours.settimeout(0.05)
    with tempfile.TemporaryFile() as file:
        file.truncate(20_000_000)
        with pytest.raises(Gone):
            Connection(ours, b"", 0, expects=False).answer_file(
                200, {}, file.fileno(), 0, 20_000_000
            )


def test_lingering_lets_the_answer_arrive(pair) -> None:
    ours, theirs = pair
    one = Connection(ours, b"", 5, expects=False)
    one.answer(403, {}, b"no")
    theirs.shutdown(socket.SHUT_WR)
    one.linger()
    answer = b""
    while part := theirs.recv(100):
        answer += part
    assert answer.startswith(b"HTTP/1.1 403 ") and answer.endswith(b"no")
