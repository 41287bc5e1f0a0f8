"""The broker with its sweeps: what the service runs between start-up and shutdown."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from rekuest_server.operations.broker import Broker, running_broker
from rekuest_server.operations.recovery import lose_orphans
from rekuest_server.operations.sweep import run_sweeps


@contextlib.asynccontextmanager
async def broker_running() -> AsyncIterator[Broker]:
    """Run the broker of this process."""
    async with running_broker() as broker:

        async def on_open(agent_id: int, session_id: str) -> None:
            await lose_orphans(broker=broker, agent_id=agent_id, session_id=session_id)

        broker.journal.on_session_open = on_open
        sweeps = asyncio.create_task(run_sweeps(broker))
        try:
            yield broker
        finally:
            sweeps.cancel()
            await asyncio.gather(sweeps, return_exceptions=True)
