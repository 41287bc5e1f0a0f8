"""The tables of the months: made ahead, taken away when free, written anew when mostly empty."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
import world
from asgiref.sync import sync_to_async
from psycopg.sql import SQL, Identifier
from rows import count, update

from chassis.testing.mint import Member
from rekuest_server import models
from rekuest_server.adapters import months
from rekuest_server.adapters.database import Connection
from rekuest_server.operations.broker import Broker


@pytest.fixture(autouse=True)
def _no_retention(monkeypatch: pytest.MonkeyPatch) -> None:
    """The months are made and taken away by the tests alone."""

    async def nothing(broker: Broker) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("rekuest_server.operations.running.run_retention", nothing)


@pytest_asyncio.fixture
async def conn(broker: Broker) -> AsyncIterator[Connection]:
    """A connection; the months a test made are gone after it."""
    async with broker.store.connection() as connection:
        before = {month.name for month in await months.months(connection)}
        yield connection
        for month in await months.months(connection):
            if month.name not in before:
                await connection.execute(SQL("DROP TABLE {}").format(Identifier(month.name)))


@pytest_asyncio.fixture
async def rows(application: Any, ada: Member) -> world.Rows:
    return await sync_to_async(world.make)(ada.principal)


async def moved(conn: Connection, event: int) -> str:
    """Return the table an event lies in."""
    cursor = await conn.execute(
        "SELECT tableoid::regclass::text FROM rekuest_taskevent WHERE id = %s", [event]
    )
    row = await cursor.fetchone()
    assert row is not None
    return str(row[0])


async def after_the_last(conn: Connection) -> datetime:
    """Return a moment in the month that would come after those there are."""
    return (await months.months(conn))[-1].until + timedelta(days=3)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 28, 8, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)),
    ],
)
def test_months_begin_at_midnight_of_the_first(moment: datetime, expected: datetime) -> None:
    assert months.month_after(moment) == expected


async def test_the_coming_months_are_made_once(conn: Connection) -> None:
    now = await after_the_last(conn)
    made = await months.make_coming(conn, now)
    assert len(made) == 1 + months.AHEAD
    known = [month.name for month in await months.months(conn)]
    assert known[-len(made) :] == made
    assert known == sorted(known)
    assert await months.make_coming(conn, now) == []


async def test_an_event_lies_in_its_month_and_one_of_no_month_with_the_rest(
    conn: Connection, rows: world.Rows
) -> None:
    now = await after_the_last(conn)
    await update(models.TaskEvent, rows.event.pk, created_at=now)
    assert await moved(conn, rows.event.pk) == "rekuest_taskevent_other"
    made = await months.make_coming(conn, now)
    assert await moved(conn, rows.event.pk) == made[0]
    assert await count(models.TaskEvent, pk=rows.event.pk) == 1


async def test_months_in_which_nothing_could_happen_are_left_out(conn: Connection) -> None:
    later = await after_the_last(conn) + timedelta(days=400)
    assert len(await months.make_coming(conn, later)) == 1 + months.AHEAD


async def test_a_month_keeps_positions_of_sessions_unique(
    conn: Connection, rows: world.Rows
) -> None:
    made = await months.make_coming(conn, await after_the_last(conn))
    cursor = await conn.execute(
        "SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass AND indisunique", [made[0]]
    )
    assert await cursor.fetchone() == (2,)


async def test_two_processes_make_a_month_once(conn: Connection, broker: Broker) -> None:
    now = await after_the_last(conn)
    async with broker.store.connection() as other:
        first, second = await asyncio.gather(
            months.make_coming(conn, now), months.make_coming(other, now)
        )
    assert sorted([len(first), len(second)]) == [0, 1 + months.AHEAD]


async def test_only_a_free_month_is_dropped(conn: Connection, rows: world.Rows) -> None:
    now = await after_the_last(conn)
    name = (await months.make_coming(conn, now))[0]
    month = next(known for known in await months.months(conn) if known.name == name)
    await update(models.TaskEvent, rows.event.pk, created_at=now)
    assert not await months.drop_if_free(conn, month, "e.kind = 'QUEUED'")
    assert await count(models.TaskEvent, pk=rows.event.pk) == 1
    assert await months.drop_if_free(conn, month, "e.kind = 'LOG'")
    assert await count(models.TaskEvent, pk=rows.event.pk) == 0
    assert name not in [known.name for known in await months.months(conn)]


async def test_a_month_that_is_read_is_dropped_another_time(
    conn: Connection, broker: Broker
) -> None:
    name = (await months.make_coming(conn, await after_the_last(conn)))[0]
    month = next(known for known in await months.months(conn) if known.name == name)
    async with broker.store.connection() as reader, reader.transaction():
        await reader.execute("SELECT count(*) FROM rekuest_taskevent")
        assert not await months.drop_if_free(conn, month, "false")
    assert await months.drop_if_free(conn, month, "false")


async def size(conn: Connection, name: str) -> int:
    """Return the bytes of a table's file."""
    cursor = await conn.execute("SELECT pg_relation_size(%s::regclass)", [name])
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def test_a_month_that_is_mostly_empty_is_written_anew(
    conn: Connection, rows: world.Rows
) -> None:
    now = await after_the_last(conn)
    name = (await months.make_coming(conn, now))[0]
    month = next(known for known in await months.months(conn) if known.name == name)
    await sync_to_async(world.make_events)(rows.task, "LOG", 8000)
    await sync_to_async(models.TaskEvent.objects.filter(task=rows.task, kind="LOG").update)(
        created_at=now
    )
    full = await size(conn, name)
    assert not await months.shrink(conn, month)
    some = models.TaskEvent.objects.filter(task=rows.task, kind="LOG").order_by("id")[:100]
    kept = await sync_to_async(lambda: list(some.values_list("id", flat=True)))()
    await conn.execute(SQL("DELETE FROM {} WHERE id <> ALL(%s)").format(Identifier(name)), [kept])
    assert await months.shrink(conn, month)
    # What somebody else could still see is left for the next time.
    while await size(conn, name) >= full / 10:
        await months.shrink(conn, month)
    assert await count(models.TaskEvent, pk__in=kept) == 100
    assert not await months.shrink(conn, month)


async def test_a_month_that_is_read_is_shrunk_another_time(
    conn: Connection, broker: Broker, rows: world.Rows
) -> None:
    now = await after_the_last(conn)
    name = (await months.make_coming(conn, now))[0]
    month = next(known for known in await months.months(conn) if known.name == name)
    await sync_to_async(world.make_events)(rows.task, "LOG", 8000)
    await sync_to_async(models.TaskEvent.objects.filter(task=rows.task, kind="LOG").update)(
        created_at=now
    )
    await conn.execute(SQL("DELETE FROM {}").format(Identifier(name)))
    async with broker.store.connection() as reader, reader.transaction():
        await reader.execute("SELECT count(*) FROM rekuest_taskevent")
        assert not await months.shrink(conn, month)
    cursor = await conn.execute("SHOW lock_timeout")
    assert await cursor.fetchone() == ("0",)
