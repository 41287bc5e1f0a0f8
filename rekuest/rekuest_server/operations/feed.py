"""The feed of a caller: every change of its tasks, in order, gap-free or closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.errors import NotSupported
from chassis.identity import Principal


@dataclass(frozen=True, slots=True)
class TaskCreated:
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


@dataclass(frozen=True, slots=True)
class TaskEventHappened:
    """An event of a task of the caller; `id` is the sequence number of the feed."""

    id: int
    task_id: int
    kind: str
    message: str | None
    progress: int | None
    returns: Any
    value: Any
    level: str
    reference: str | None
    created_at: datetime


FeedItem = TaskCreated | TaskEventHappened


def caller_feed(*, principal: Principal) -> AsyncIterator[FeedItem]:
    """Yield every change of the principal's tasks from now on.

    The subscription is in place when the first `__anext__` is awaited. Ends with `Unavailable` when
    the reader is too slow: a closed feed is noticed, a gap is not.
    """
    raise NotSupported()
