"""News between processes: PostgreSQL's NOTIFY, sent with the commit that made them.

A lost notification costs a watcher one event, never a row: who needs certainty reads the rows.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo

from chassis.logs import get_logger

logger = get_logger(__name__)

_WAITING = 1000
_RETRY_SECONDS = 1.0


class NewsChannel:
    """A channel of one service; each topic (an organization) is heard by its watchers alone."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._watchers: dict[asyncio.Queue[list[Any] | None], str] = {}

    def announce(self, topic: str, *body: str | int | None) -> None:
        """Tell every process once the present transaction is committed."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_notify(%s, %s)", [self._name, orjson.dumps([topic, *body]).decode()]
            )

    async def watched(self, topic: str) -> AsyncIterator[list[Any]]:
        """Yield the bodies of a topic; ends when the reader is too slow for them."""
        queue: asyncio.Queue[list[Any] | None] = asyncio.Queue(_WAITING)
        self._watchers[queue] = topic
        try:
            while (body := await queue.get()) is not None:
                yield body
        finally:
            self._watchers.pop(queue, None)

    def _hand_out(self, payload: str) -> None:
        topic, *body = orjson.loads(payload)
        for queue, watched in tuple(self._watchers.items()):
            if watched != topic:
                continue
            if queue.full():
                queue.get_nowait()
                queue.put_nowait(None)
                self._watchers.pop(queue, None)
            else:
                queue.put_nowait(body)

    async def _listen(self, address: str) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(address, autocommit=True) as link:
                    await link.execute(f"LISTEN {self._name}")
                    async for notify in link.notifies():
                        self._hand_out(notify.payload)
            except psycopg.Error as error:
                logger.warning("news are off: %s", error, extra={"event": "news.lost"})
                await asyncio.sleep(_RETRY_SECONDS)

    @contextlib.asynccontextmanager
    async def hearing(self) -> AsyncIterator[None]:
        """Listen while the service runs; a part of its lifespan."""
        settings = connection.settings_dict
        address = make_conninfo(
            host=settings["HOST"],
            port=settings["PORT"],
            dbname=settings["NAME"],
            user=settings["USER"],
            password=settings["PASSWORD"] or None,
        )
        listening = asyncio.create_task(self._listen(address))
        try:
            yield
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
