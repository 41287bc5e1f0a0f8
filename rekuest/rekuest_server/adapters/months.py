"""The journal of events is a table per month: which there are, the coming ones, taking one away.

Whatever belongs to no month that is there lies in a table for the rest, so that no event is ever
refused for its moment. All of it is done on tables beside those being written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import LiteralString

from psycopg.errors import LockNotAvailable
from psycopg.sql import SQL, Identifier, Literal

from rekuest_server.adapters.database import Connection

#: How many months are made before they begin.
AHEAD = 2
_BLOCK_BYTES = 8192
#: A table that is smaller than this is not worth being written anew.
_SMALLEST_BYTES = 64 * _BLOCK_BYTES

_PARTS: LiteralString = r"""
SELECT c.relname,
  substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'rekuest_taskevent'::regclass ORDER BY 2 NULLS LAST
"""
#: One process at a time works on the tables.
_ALONE: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('rekuest_taskevent'))"
#: Whoever waits for a table keeps all others waiting behind: better to try again later.
_PATIENCE: LiteralString = "SET LOCAL lock_timeout = '300ms'"


@dataclass(frozen=True, slots=True)
class Month:
    """The table of the events before a moment and since the end of the month before."""

    name: str
    until: datetime


def month_after(moment: datetime) -> datetime:
    """Return the beginning of the next month."""
    moment = moment.astimezone(UTC)
    year, month = (moment.year + 1, 1) if moment.month == 12 else (moment.year, moment.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)


async def months(conn: Connection) -> list[Month]:
    """Return the months there are, oldest first, without the table for the rest."""
    cursor = await conn.execute(_PARTS)
    return [Month(*row) for row in await cursor.fetchall() if row[1] is not None]


async def make_coming(conn: Connection, now: datetime) -> list[str]:
    """Make the months up to `AHEAD` of now that are missing; return their names."""
    wanted = month_after(now)
    for _ in range(AHEAD):
        wanted = month_after(wanted)
    made = []
    async with conn.transaction():
        await conn.execute(_ALONE)
        known = await months(conn)
        this_month = datetime(now.year, now.month, 1, tzinfo=UTC)
        since = max(known[-1].until, this_month) if known else this_month
        while since < wanted:
            until = month_after(since)
            made.append(await _make(conn, since, until))
            since = until
    return made


async def _make(conn: Connection, since: datetime, until: datetime) -> str:
    name = f"rekuest_taskevent_until_{until:%Y%m%d}"
    table, low, high = Identifier(name), Literal(since), Literal(until)
    await conn.execute(
        SQL("CREATE TABLE {} (LIKE rekuest_taskevent_other INCLUDING ALL)").format(table)
    )
    # Events that came too early for their month have waited for it elsewhere.
    await conn.execute(
        SQL(
            "WITH early AS (DELETE FROM rekuest_taskevent_other "
            "WHERE created_at >= {low} AND created_at < {high} RETURNING *) "
            "INSERT INTO {table} SELECT * FROM early"
        ).format(table=table, low=low, high=high)
    )
    await conn.execute(
        SQL(
            "ALTER TABLE rekuest_taskevent ATTACH PARTITION {table} "
            "FOR VALUES FROM ({low}) TO ({high})"
        ).format(table=table, low=low, high=high)
    )
    return name


async def drop_if_free(conn: Connection, month: Month, kept: LiteralString) -> bool:
    """Take a month away, if it holds no event `e` that is `kept`; its file goes with it."""
    table = Identifier(month.name)
    try:
        async with conn.transaction():
            await conn.execute(_ALONE)
            # Newest first: what is kept is mostly found at once.
            cursor = await conn.execute(
                SQL("SELECT 1 FROM {} e WHERE {} ORDER BY e.id DESC LIMIT 1").format(
                    table, SQL(kept)
                )
            )
            if await cursor.fetchone() is not None:
                return False
            await conn.execute(_PATIENCE)
            await conn.execute(SQL("DROP TABLE {}").format(table))
    except LockNotAvailable:
        return False
    return True


async def shrink(conn: Connection, month: Month) -> bool:
    """Write a month anew if more than half of its file is empty; false if it is not, or is busy."""
    table = Identifier(month.name)
    cursor = await conn.execute(
        SQL(
            "SELECT pg_relation_size({name}), coalesce(sum(pg_column_size(e.*) + 4), 0) FROM {} e"
        ).format(table, name=Literal(month.name))
    )
    row = await cursor.fetchone()
    if row is None or row[0] < _SMALLEST_BYTES or row[1] * 2 > row[0]:
        return False
    try:
        await conn.execute("SET lock_timeout = '300ms'")
        await conn.execute(SQL("VACUUM (FULL, ANALYZE) {}").format(table))
    except LockNotAvailable:
        return False
    finally:
        await conn.execute("RESET lock_timeout")
    return True
