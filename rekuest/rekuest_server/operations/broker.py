"""The broker of this process: its parts, put together, started and stopped."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from chassis.config import current
from chassis.errors import Unavailable
from rekuest_server.adapters.database import open_pool
from rekuest_server.adapters.presence import new_process_id
from rekuest_server.adapters.store import Store
from rekuest_server.config import RekuestConfig
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.operations.dispatch import Dispatcher
from rekuest_server.operations.elsewhere import Elsewhere
from rekuest_server.operations.hub import Hub
from rekuest_server.operations.identity import Identities
from rekuest_server.operations.journal import Journal
from rekuest_server.operations.probe_post import ProbePost
from rekuest_server.operations.probes import Probes
from rekuest_server.operations.routes import Routes
from rekuest_server.operations.task_token import TaskTokens


class Broker:
    """Everything the task path shares inside a process."""

    def __init__(self, config: RekuestConfig, store: Store) -> None:
        self.config = config
        self.store = store
        #: Names this process in the rows of the agents it serves.
        self.process_id = new_process_id()
        self.started_at = asyncio.get_running_loop().time()
        self.is_stopping = False
        self.hub = Hub(Elsewhere(store, self.process_id))
        self.identities = Identities()
        self.routes = Routes(store, self.hub)
        self.probes = Probes(config.tasks.value_bytes, self.hub, ProbePost(store, self.process_id))
        self.tokens = TaskTokens(config, store)
        self.journal = Journal(
            store,
            self.hub,
            batch_items=config.writer.batch_items,
            value_bytes=config.tasks.value_bytes,
            deliver=self._deliver,
        )
        self.dispatcher = Dispatcher(
            store,
            self.hub,
            self.journal.tasks,
            batch_items=config.writer.batch_items,
            sign=self.tokens.sign,
        )

    def _deliver(self, task: LiveTask) -> None:
        self.dispatcher.deliver(task)


_running: list[Broker] = []


def current_broker() -> Broker:
    """Return the broker of this process; `Unavailable` before start-up and after shutdown."""
    if not _running:
        raise Unavailable("The broker is not running.")
    return _running[-1]


@contextlib.asynccontextmanager
async def running_broker() -> AsyncIterator[Broker]:
    """Run a broker on the configured database."""
    config = current(RekuestConfig)
    async with open_pool(config.database, config.writer.pool_size) as pool:
        broker = Broker(config, Store(pool))
        writers = [
            asyncio.create_task(broker.journal.run()),
            asyncio.create_task(broker.dispatcher.run()),
            asyncio.create_task(broker.hub.elsewhere.run()),
            asyncio.create_task(broker.probes.post.run()),
        ]
        _running.append(broker)
        try:
            yield broker
        finally:
            broker.is_stopping = True
            _running.remove(broker)
            for link in list(broker.hub.links.values()):
                link.close(1012, "the server restarts")
            with contextlib.suppress(TimeoutError):
                # What is queued is written if the database allows; agents keep the rest.
                async with asyncio.timeout(2):
                    await broker.journal.settled()
            for writer in writers:
                writer.cancel()
            await asyncio.gather(*writers, return_exceptions=True)
