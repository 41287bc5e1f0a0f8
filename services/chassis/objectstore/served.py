"""The one store of a process: opened with the service, put in place by tests."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from chassis.errors import Unavailable
from chassis.logs import get_logger
from chassis.objectstore.config import ObjectStoreConfig
from chassis.objectstore.contract import ObjectStore
from chassis.objectstore.stores import open_store

logger = get_logger(__name__)


class ServedStore:
    """Holds the store while a service runs; `config` is asked when it starts."""

    def __init__(self, config: Callable[[], ObjectStoreConfig]) -> None:
        self._config = config
        self._store: ObjectStore | None = None

    def get(self) -> ObjectStore:
        """Return the store; `Unavailable` before start-up and after shutdown."""
        if self._store is None:
            raise Unavailable("The object store is not connected yet.")
        return self._store

    def use(self, store: ObjectStore | None) -> None:
        """Put another store in place; for tests."""
        self._store = store

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Keep the store open; one that does not answer yet is asked again at its first use."""
        opened = open_store(self._config()) if self._store is None else None
        if opened is not None:
            self._store = opened
        try:
            await self.get().ensure_buckets()
        except Unavailable as absent:
            logger.warning(
                "no object store yet: %s", absent.message, extra={"event": "storage.absent"}
            )
        try:
            yield
        finally:
            if opened is not None:
                self._store = None
                await opened.aclose()
