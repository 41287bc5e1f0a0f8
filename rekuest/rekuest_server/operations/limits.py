"""Time limits and retention of an organization's runs, from its policies. Rows decide, not timers.

A task that waits too long for an agent is cancelled, one that runs or is silent too long is
interrupted; finished runs past their age are deleted in chunks, trees from their roots.
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
#: Roots whose whole tree is done and old enough, oldest first, with all that belongs to them.
_PURGE: LiteralString = """
WITH roots AS MATERIALIZED (
  SELECT t.id FROM rekuest_task t
  JOIN LATERAL (
    SELECT p.keep_days FROM rekuest_runpolicy p
    WHERE p.organization_id = t.organization_id
      AND (p.action_id = t.action_id OR p.action_id IS NULL)
    ORDER BY p.action_id NULLS LAST LIMIT 1
  ) rule ON rule.keep_days IS NOT NULL
  WHERE t.root_id IS NULL AND t.is_done
    AND t.finished_at < clock_timestamp() - make_interval(secs => rule.keep_days * 86400)
    AND NOT EXISTS (SELECT 1 FROM rekuest_task k WHERE k.root_id = t.id AND NOT k.is_done)
  ORDER BY t.id LIMIT %(most)s
), doomed AS MATERIALIZED (
  SELECT id FROM roots
  UNION ALL
  SELECT k.id FROM rekuest_task k JOIN roots ON k.root_id = roots.id
), events AS (
  DELETE FROM rekuest_taskevent e USING doomed WHERE e.task_id = doomed.id
), instructs AS (
  DELETE FROM rekuest_instruct i USING doomed WHERE i.task_id = doomed.id
), tasks AS (
  DELETE FROM rekuest_task t USING doomed WHERE t.id = doomed.id RETURNING t.id
)
SELECT count(*) FROM tasks
"""
_CHUNK = 500
_SECONDS = 2.0
_PURGE_EVERY = 30


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


async def purge_history(broker: Broker, *, chunk: int = _CHUNK) -> int:
    """Delete finished runs past their age, a chunk at a time; return how many tasks."""
    purged = 0
    while True:
        rows = await broker.store.fetch(_PURGE, {"most": chunk})
        gone = int(rows[0][0])
        purged += gone
        if not gone:
            return purged
        await asyncio.sleep(0)  # others want the connection too


async def run_limits(broker: Broker) -> None:
    """Enforce limits and purge for ever."""
    turn = 0
    while True:
        await asyncio.sleep(_SECONDS)
        try:
            await enforce_limits(broker)
            if turn % _PURGE_EVERY == 0:
                await purge_history(broker)
        except DATABASE_FAULTS as error:
            logger.warning("limits have to wait: %s", error, extra={"event": "limit.waiting"})
        turn += 1
