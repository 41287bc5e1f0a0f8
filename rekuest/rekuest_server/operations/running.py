"""The broker with its sweeps: what the service runs between start-up and shutdown."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial

from chassis.logs import get_logger
from rekuest_server.adapters.database import DATABASE_FAULTS, connect
from rekuest_server.adapters.presence import Presence
from rekuest_server.operations.broker import Broker, running_broker
from rekuest_server.operations.catching_up import Bookmark, keep_bookmark, last_event
from rekuest_server.operations.history import run_retention
from rekuest_server.operations.hooks import run_hooks
from rekuest_server.operations.limits import run_limits
from rekuest_server.operations.peers import Hearing
from rekuest_server.operations.recovery import lose_orphans
from rekuest_server.operations.sweep import run_sweeps

logger = get_logger(__name__)

_PATIENCE_SECONDS = 5.0


@contextlib.asynccontextmanager
async def broker_running() -> AsyncIterator[Broker]:
    """Run the broker of this process."""
    async with running_broker() as broker:

        async def on_open(agent_id: int, session_id: str) -> None:
            try:
                await lose_orphans(broker=broker, agent_id=agent_id, session_id=session_id)
            except DATABASE_FAULTS as error:
                # The sweep does it when the database is back.
                logger.warning("not lost yet: %s", error, extra={"event": "task.not_lost"})

        broker.journal.on_session_open = on_open
        bookmark = Bookmark()
        with contextlib.suppress(*DATABASE_FAULTS):
            # Before anybody reads a feed here, so that it misses nothing.
            bookmark.turn(await last_event(broker))
        hearing = Hearing(broker, bookmark)
        presence = Presence(broker.process_id, partial(connect, broker.config.database))
        loops = [
            asyncio.create_task(run_sweeps(broker)),
            asyncio.create_task(run_limits(broker)),
            asyncio.create_task(run_hooks(broker)),
            asyncio.create_task(run_retention(broker)),
            asyncio.create_task(hearing.run()),
            asyncio.create_task(keep_bookmark(broker, bookmark, presence)),
            asyncio.create_task(presence.run(hearing.heard, hearing.joined)),
        ]
        # An agent must not be admitted before the others can see that this process lives.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await presence.is_held.wait()
        try:
            yield broker
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
