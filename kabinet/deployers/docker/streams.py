"""Turns what a blocking generator yields in a thread into an asynchronous iterator."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_END = object()
#: A reader that does not keep up slows the sender down instead of filling the memory.
_ROOM = 256


class _Reading(Generic[T]):
    """A thread that reads a stream for somebody who may leave at any time."""

    def __init__(self, open_stream: Callable[[], Iterable[T]]) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue(_ROOM)
        self._loop = asyncio.get_running_loop()
        self._open = open_stream
        self._left = threading.Event()
        self._stream: Iterable[T] | None = None
        threading.Thread(target=self._read, name="engine stream", daemon=True).start()

    def _read(self) -> None:
        try:
            self._stream = self._open()
            for item in self._stream:
                if self._left.is_set():
                    break
                self._put(item)
        except Exception as error:  # noqa: BLE001 - raised again on the other side
            self._put(error)
        else:
            self._put(_END)

    def _put(self, item: object) -> None:
        # After the reader left the loop may be gone as well.
        if not self._left.is_set():
            with contextlib.suppress(RuntimeError):
                asyncio.run_coroutine_threadsafe(self.queue.put(item), self._loop).result()

    def leave(self) -> None:
        """Stop reading, also while nothing comes."""
        self._left.set()
        # A thread that waits for room goes on, and sees that nobody is there any more.
        while not self.queue.empty():
            self.queue.get_nowait()
        close = getattr(self._stream, "close", None)
        if close is not None:
            # A generator that is being read cannot be closed; it ends with its next item.
            with contextlib.suppress(ValueError, OSError, RuntimeError, AttributeError):
                close()


async def streamed(open_stream: Callable[[], Iterable[T]]) -> AsyncGenerator[T, None]:
    """Yield what the stream yields; its error is raised here, and leaving early closes it."""
    reading = _Reading(open_stream)
    try:
        while (item := await reading.queue.get()) is not _END:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        reading.leave()
