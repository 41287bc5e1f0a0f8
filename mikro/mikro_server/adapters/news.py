"""News of files between processes: PostgreSQL's NOTIFY, sent with the commit that made them.

A lost notification costs a watcher one event, never a row.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson
import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo

from chassis.logs import get_logger

logger = get_logger(__name__)

_CHANNEL = "mikro_files"
_WAITING = 1000
_RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class FileNews:
    """What happened to a file."""

    organization: str
    kind: str
    file: int
    folder: int | None


_watchers: set[asyncio.Queue[FileNews | None]] = set()


def announce(news: FileNews) -> None:
    """Tell every process once the present transaction is committed."""
    body = orjson.dumps([news.organization, news.kind, news.file, news.folder]).decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [_CHANNEL, body])


async def watched(organization: str) -> AsyncIterator[FileNews]:
    """Yield the news of one organization; ends when the reader is too slow for them."""
    queue: asyncio.Queue[FileNews | None] = asyncio.Queue(_WAITING)
    _watchers.add(queue)
    try:
        while (news := await queue.get()) is not None:
            if news.organization == organization:
                yield news
    finally:
        _watchers.discard(queue)


def _hand_out(body: str) -> None:
    news = FileNews(*orjson.loads(body))
    for queue in tuple(_watchers):
        if queue.full():
            queue.get_nowait()
            queue.put_nowait(None)
            _watchers.discard(queue)
        else:
            queue.put_nowait(news)


async def _listen(address: str) -> None:
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(address, autocommit=True) as link:
                await link.execute(f"LISTEN {_CHANNEL}")
                async for notify in link.notifies():
                    _hand_out(notify.payload)
        except psycopg.Error as error:
            logger.warning("file news are off: %s", error, extra={"event": "news.lost"})
            await asyncio.sleep(_RETRY_SECONDS)


@contextlib.asynccontextmanager
async def hearing_news() -> AsyncIterator[None]:
    """Listen while the service runs."""
    settings = connection.settings_dict
    address = make_conninfo(
        host=settings["HOST"],
        port=settings["PORT"],
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"] or None,
    )
    listening = asyncio.create_task(_listen(address))
    try:
        yield
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
