"""The items of a caller's feed and the bounded queue in which they wait for their reader."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from rekuest_server.domain.errors import FeedTooSlow


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
    """Waiting items of one subscription. Never drops: past its limit it ends instead."""

    def __init__(self, items: int, size: int) -> None:
        self._max_items = items
        self._max_bytes = size
        self._waiting: deque[FeedItem] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._is_closed = False
        self._overflowed = False

    def put(self, item: FeedItem) -> None:
        """Add an item, or mark the feed as ended if it is full."""
        if self._overflowed:
            return
        self._bytes += item.size
        if len(self._waiting) >= self._max_items or self._bytes > self._max_bytes:
            self._overflowed = True
            self._waiting.clear()
        else:
            self._waiting.append(item)
        self._wake.set()

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
        items = list(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        return items
