"""Blocking generators read in a thread: order, errors, and leaving early."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from deployers.docker.streams import streamed


async def test_items_come_in_order_however_many() -> None:
    assert [item async for item in streamed(lambda: iter(range(5000)))] == list(range(5000))


async def test_an_empty_stream_ends() -> None:
    assert [item async for item in streamed(list)] == []


async def test_an_error_comes_after_what_was_read() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("connection reset")

    found = []
    with pytest.raises(OSError, match="connection reset"):
        async for item in streamed(broken):
            found.append(item)
    assert found == [1]


async def test_an_error_of_opening_is_raised_too() -> None:
    def refused() -> Iterator[int]:
        raise ConnectionRefusedError("no engine")

    with pytest.raises(ConnectionRefusedError):
        async for _ in streamed(refused):
            pass


class Endless:
    """A stream that says nothing until it is closed, as a log does."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[int]:
        yield 1
        self.closed.wait(20)

    def close(self) -> None:
        self.closed.set()


async def test_leaving_closes_a_stream_that_is_silent() -> None:
    stream = Endless()
    async with asyncio.timeout(120), aclosing(streamed(lambda: stream)) as items:
        assert await anext(items) == 1
    assert await asyncio.to_thread(stream.closed.wait, 5)


async def test_cancelling_closes_it_too() -> None:
    stream = Endless()
    first = asyncio.Event()

    async def read() -> None:
        async with aclosing(streamed(lambda: stream)) as items:
            async for _ in items:
                first.set()

    reading = asyncio.create_task(read())
    await first.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await asyncio.to_thread(stream.closed.wait, 5)


async def test_a_reader_that_leaves_a_full_stream_leaves_no_thread_behind() -> None:
    async with aclosing(streamed(lambda: iter(range(1_000_000)))) as items:
        assert await anext(items) == 0
    async with asyncio.timeout(120):
        while any(one.name == "engine stream" for one in threading.enumerate()):
            await asyncio.sleep(0.02)
    assert not any(one.name == "engine stream" for one in threading.enumerate())
