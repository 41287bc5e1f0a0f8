"""Fixtures: `ours` (a member and its rows), `theirs`, `documents` of the released client,
`statements` (what was sent to the database), `feeding` (what feeds yield instead of the truth)."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.db.backends.utils import CursorWrapper

from chassis.testing.mint import Member
from rekuest_server.operations import feed
from rekuest_server.operations.feed_queue import FeedItem

sys.path.insert(0, str(Path(__file__).parents[2] / "contract"))

import clients_venv
import world
from documents import operations


@pytest.fixture(scope="session")
def documents() -> dict[str, str]:
    """The documents of the released client, by the name of their operation."""
    return operations(clients_venv.find(), "rekuest")


@pytest_asyncio.fixture
async def ours(
    application: Any, two_organizations: tuple[Member, Member]
) -> tuple[Member, world.Rows]:
    """A member of the first organization and its rows."""
    member = two_organizations[0]
    return member, await sync_to_async(world.make)(member.principal)


@pytest_asyncio.fixture
async def theirs(
    application: Any, two_organizations: tuple[Member, Member]
) -> tuple[Member, world.Rows]:
    """A member of the second organization and its rows."""
    member = two_organizations[1]
    return member, await sync_to_async(world.make)(member.principal, marker="theirs")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement sent to the database while the test runs, by Django or by hand."""
    sent: list[str] = []

    def spy(holder: type, name: str) -> None:
        original = getattr(holder, name)

        def recorded(self: Any, statement: Any, *args: Any, **kwargs: Any) -> Any:
            sent.append(str(statement))
            return original(self, statement, *args, **kwargs)

        monkeypatch.setattr(holder, name, recorded)

    spy(CursorWrapper, "execute")
    spy(CursorWrapper, "executemany")
    spy(psycopg.AsyncCursor, "execute")
    spy(psycopg.AsyncCursor, "executemany")
    spy(psycopg.AsyncCursor, "copy")
    yield sent


@pytest.fixture
def feeding(monkeypatch: pytest.MonkeyPatch) -> list[FeedItem | Exception]:
    """What the feed yields; an exception in it is raised."""
    items: list[FeedItem | Exception] = []

    async def fake(*, principal: Any) -> AsyncIterator[list[FeedItem]]:
        for item in items:
            if isinstance(item, Exception):
                raise item
            yield [item]

    monkeypatch.setattr(feed, "caller_batches", fake)
    return items
