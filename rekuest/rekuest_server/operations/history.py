"""Retention: finished runs past their age go, whole months at once where nothing in them is kept.

Rows decide, as the organization's policies stand: trees go from their roots, and only when all of
a tree is done. Events lie in a table per month. One in which nothing is kept any more is dropped;
out of the others events go with their tasks, and what has become mostly empty is written anew, so
that the disk gets its space back either way.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import LiteralString

from chassis import clock
from chassis.logs import get_logger
from rekuest_server.adapters import months
from rekuest_server.adapters.database import DATABASE_FAULTS, Connection
from rekuest_server.operations.broker import Broker

logger = get_logger(__name__)

#: The age of a root `r` at which its tree goes, as its action's policy says, else the general one.
_AGE: LiteralString = """
JOIN LATERAL (
  SELECT p.keep_days FROM rekuest_runpolicy p
  WHERE p.organization_id = r.organization_id
    AND (p.action_id = r.action_id OR p.action_id IS NULL)
  ORDER BY p.action_id NULLS LAST LIMIT 1
) rule ON rule.keep_days IS NOT NULL
"""
_IS_PAST: LiteralString = """
r.root_id IS NULL AND r.is_done
AND r.finished_at < clock_timestamp() - make_interval(secs => rule.keep_days * 86400)
AND NOT EXISTS (SELECT 1 FROM rekuest_task k WHERE k.root_id = r.id AND NOT k.is_done)
"""
#: Whether an event `e` is to be kept: its task is there and its tree is not past its age.
KEPT: LiteralString = (
    "EXISTS (SELECT FROM rekuest_task t WHERE t.id = e.task_id) AND NOT EXISTS ("  # noqa: S608 - literals
    + "SELECT 1 FROM rekuest_task t JOIN rekuest_task r ON r.id = coalesce(t.root_id, t.id)"
    + _AGE
    + "WHERE t.id = e.task_id AND "
    + _IS_PAST
    + ")"
)
#: Roots that are past their age, oldest first.
_PAST: LiteralString = (
    "SELECT r.id FROM rekuest_task r"  # noqa: S608 - all parts are literals
    + _AGE
    + "WHERE"
    + _IS_PAST
)
#: Whose roots have to be looked at: without a rule about their age nobody's.
_RULES: LiteralString = """
SELECT organization_id, action_id FROM rekuest_runpolicy WHERE keep_days IS NOT NULL ORDER BY id
"""
_OF_ORGANIZATION: LiteralString = "AND r.organization_id = %(organization)s"
_OF_ACTION: LiteralString = " AND r.action_id = %(action)s"
#: They go with all that belongs to them.
_GO_WITH_ALL: LiteralString = """
ORDER BY r.id LIMIT %(most)s
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
_PURGE: LiteralString = "WITH roots AS MATERIALIZED (" + _PAST + _OF_ORGANIZATION
_CHUNK = 500
#: Clocks differ; a month is over for all processes a day after its end.
_MARGIN = timedelta(days=1)
_PURGE_SECONDS = 60.0
_SHRINK_SECONDS = 24 * 3600.0
_FIRST_SHRINK_SECONDS = 3600.0


async def prepare_months(broker: Broker) -> list[str]:
    """Make the tables of the coming months that are not there yet."""
    async with broker.store.connection() as conn:
        made = await months.make_coming(conn, clock.now())
    for name in made:
        logger.info("a month was begun", extra={"event": "month.made", "table": name})
    return made


async def drop_months(broker: Broker) -> list[str]:
    """Drop the months that are over and hold nothing that is kept; return their names."""
    dropped = []
    async with broker.store.connection() as conn:
        for month in await _over(conn):
            if await months.drop_if_free(conn, month, KEPT):
                logger.info("a month is gone", extra={"event": "month.gone", "table": month.name})
                dropped.append(month.name)
    return dropped


async def shrink_months(broker: Broker) -> list[str]:
    """Write the months that are over and mostly empty anew; return their names."""
    async with broker.store.connection() as conn:
        return [month.name for month in await _over(conn) if await months.shrink(conn, month)]


async def _over(conn: Connection) -> list[months.Month]:
    latest = clock.now() - _MARGIN
    return [month for month in await months.months(conn) if month.until < latest]


async def purge_history(broker: Broker, *, chunk: int = _CHUNK) -> int:
    """Remove finished runs past their age, months first; return how many tasks."""
    await drop_months(broker)
    purged = 0
    for organization, action in await broker.store.fetch(_RULES, {}):
        statement = _PURGE + ("" if action is None else _OF_ACTION) + _GO_WITH_ALL
        parameters = {"organization": organization, "action": action, "most": chunk}
        while gone := int((await broker.store.fetch(statement, parameters))[0][0]):
            purged += gone
            await asyncio.sleep(0)  # others want the connection too
    return purged


async def run_retention(broker: Broker) -> None:
    """Prepare, purge and shrink for ever."""
    shrink_at = time.monotonic() + _FIRST_SHRINK_SECONDS
    while True:
        try:
            await prepare_months(broker)
            await purge_history(broker)
            if time.monotonic() >= shrink_at:
                await shrink_months(broker)
                shrink_at = time.monotonic() + _SHRINK_SECONDS
        except DATABASE_FAULTS as error:
            logger.warning("retention has to wait: %s", error, extra={"event": "history.waiting"})
        await asyncio.sleep(_PURGE_SECONDS)
