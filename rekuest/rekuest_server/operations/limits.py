"""Time limits of an organization's runs, from its policies. Rows decide, not timers.

A task that waits too long for an agent is cancelled, one that runs or is silent too long is
interrupted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import LiteralString

from chassis.errors import PlatformError
from chassis.logs import get_logger
from rekuest_server.adapters.database import DATABASE_FAULTS
from rekuest_server.adapters.statements import TASK_COLUMNS
from rekuest_server.operations import controls
from rekuest_server.operations.broker import Broker

logger = get_logger(__name__)

#: The policy of a task: that of its action, else that of its organization.
_RULE: LiteralString = """
JOIN LATERAL (
  SELECT p.* FROM rekuest_runpolicy p
  WHERE p.organization_id = t.organization_id
    AND (p.action_id = t.action_id OR p.action_id IS NULL)
  ORDER BY p.action_id NULLS LAST LIMIT 1
) rule ON true
"""
_NOT_PICKED_UP: LiteralString = (
    TASK_COLUMNS
    + _RULE
    + """
WHERE NOT t.is_done AND t.picked_up_at IS NULL AND t.latest_kind IN ('QUEUED', 'DECIDED')
  AND greatest(t.created_at, t.not_before, t.updated_at) <
    clock_timestamp() - make_interval(secs => rule.pickup_limit_seconds)
LIMIT 200"""
)
_TOO_LONG: LiteralString = (
    TASK_COLUMNS
    + _RULE
    + """
WHERE NOT t.is_done AND t.picked_up_at IS NOT NULL
  AND t.latest_kind NOT IN ('INTERRUPTING', 'HELD')
  AND (t.picked_up_at < clock_timestamp() - make_interval(secs => rule.run_limit_seconds)
    OR t.updated_at < clock_timestamp() - make_interval(secs => rule.silence_limit_seconds))
LIMIT 200"""
)
_SECONDS = 2.0


async def enforce_limits(broker: Broker) -> int:
    """Cancel and interrupt what is over its limits; return how many tasks."""
    told = 0
    for task in await broker.store.tasks(_NOT_PICKED_UP, {}):
        told += await _try(controls.cancel(broker, task))
    for task in await broker.store.tasks(_TOO_LONG, {}):
        told += await _try(controls.interrupt(broker, task))
    return told


async def _try(control: Awaitable[object]) -> int:
    try:
        await control
    except PlatformError as error:
        logger.info("a limit was not enforced: %s", error, extra={"event": "limit.moot"})
        return 0
    return 1


async def run_limits(broker: Broker) -> None:
    """Enforce limits for ever."""
    while True:
        await asyncio.sleep(_SECONDS)
        try:
            await enforce_limits(broker)
        except DATABASE_FAULTS as error:
            logger.warning("limits have to wait: %s", error, extra={"event": "limit.waiting"})
