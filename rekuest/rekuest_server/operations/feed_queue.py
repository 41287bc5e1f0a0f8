"""The items of a caller's feed and the bounded queue in which they wait for their reader."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from rekuest_server.domain.errors import FeedTooSlow
from rekuest_server.domain.kinds import EventKind


@dataclass(slots=True, kw_only=True)
class _Shown:
    """What a plan has made of an item, so that all who follow by the same document share it."""

    shown: bytes = field(default=b"", compare=False, repr=False)
    shown_by: object = field(default=None, compare=False, repr=False)


@dataclass(slots=True)
class TaskCreated(_Shown):
    """A task of the caller came to be."""

    id: int
    reference: str
    is_done: bool
    latest_kind: str
    latest_instruct: str
    action_id: int
    implementation_id: int | None
    agent_id: int | None
    root_id: int | None
    parent_id: int | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    revision: int

    @property
    def size(self) -> int:
        """About how many bytes the item holds."""
        return 300


@dataclass(slots=True)
class TaskEventHappened(_Shown):
    """An event of a task of the caller; `id` is the sequence number of the feed."""

    id: int
    task_id: int
    kind: str
    message: str | None
    progress: int | None
    #: JSON text, so that a fast path can pass it on without parsing.
    returns_json: bytes | None
    value_json: bytes | None
    level: str
    reference: str | None
    created_at: datetime

    @property
    def returns(self) -> Any:
        """The returned values, by port."""
        return None if self.returns_json is None else msgspec.json.decode(self.returns_json)

    @property
    def value(self) -> Any:
        """What the kind of the event carries besides."""
        return None if self.value_json is None else msgspec.json.decode(self.value_json)

    @property
    def size(self) -> int:
        """About how many bytes the item holds."""
        return 300 + len(self.returns_json or b"") + len(self.value_json or b"")


FeedItem = TaskCreated | TaskEventHappened


class FeedQueue:
    """Waiting items of one subscription.

    Under pressure, from half of its limits on, a newer PROGRESS takes the place of the one of the
    same task that waits; nothing else is ever left out. Past its limits the feed ends instead.
    """

    def __init__(self, items: int, size: int) -> None:
        self._max_items = items
        self._max_bytes = size
        self._waiting: dict[int, FeedItem] = {}
        self._next = 0
        self._bytes = 0
        #: Where the latest PROGRESS of a task waits.
        self._progress: dict[int, int] = {}
        self._wake = asyncio.Event()
        self._is_closed = False
        self._overflowed = False

    def put(self, item: FeedItem) -> None:
        """Add an item, or mark the feed as ended if it is full."""
        if self._overflowed:
            return
        if isinstance(item, TaskEventHappened) and item.kind == EventKind.PROGRESS:
            self._replace_progress(item)
        self._bytes += item.size
        if len(self._waiting) >= self._max_items or self._bytes > self._max_bytes:
            self._overflowed = True
            self._clear()
        else:
            self._waiting[self._next] = item
            self._next += 1
        self._wake.set()

    def _replace_progress(self, item: TaskEventHappened) -> None:
        place = self._progress.get(item.task_id)
        is_pressed = len(self._waiting) * 2 >= self._max_items or self._bytes * 2 >= self._max_bytes
        if place is not None and is_pressed:
            self._bytes -= self._waiting.pop(place).size
        self._progress[item.task_id] = self._next

    def _clear(self) -> None:
        self._waiting.clear()
        self._progress.clear()
        self._bytes = 0

    def close(self) -> None:
        """End the feed after what waits."""
        self._is_closed = True
        self._wake.set()

    async def take(self) -> list[FeedItem]:
        """Wait for items and take all of them; an empty list is the end.

        Raises `FeedTooSlow` when the reader has fallen behind too far.
        """
        while not self._waiting:
            if self._overflowed:
                raise FeedTooSlow()
            if self._is_closed:
                return []
            self._wake.clear()
            await self._wake.wait()
        items = list(self._waiting.values())
        self._clear()
        return items
