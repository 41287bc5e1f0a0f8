"""Timers of the broker. They only wake: what is due is read from rows, so a restart loses none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import LiteralString

from chassis.errors import PlatformError
from chassis.logs import get_logger
from rekuest_server.adapters.statements import TASK_COLUMNS
from rekuest_server.domain.kinds import Execution
from rekuest_server.operations import controls
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.dispatch import is_deliverable
from rekuest_server.operations.hub import AgentLink
from rekuest_server.operations.recovery import lose_orphans, task_lose

logger = get_logger(__name__)

_RENEW: LiteralString = """
UPDATE rekuest_agent SET last_seen_at = clock_timestamp(),
  lease_expires_at = clock_timestamp() + make_interval(secs => %(lease)s)
WHERE id = ANY(%(ids)s) AND process_id = %(process)s
"""
_RELEASE: LiteralString = """
UPDATE rekuest_agent SET connected = false, lost_at = clock_timestamp(),
  last_seen_at = clock_timestamp()
WHERE id = %(agent)s AND lease_epoch = %(epoch)s
"""
_ABANDONED: LiteralString = (
    TASK_COLUMNS
    + """
JOIN rekuest_agent g ON g.id = t.agent_id
WHERE NOT t.is_done AND t.picked_up_at IS NOT NULL
  AND (NOT g.connected OR g.lease_expires_at < clock_timestamp())
  AND coalesce(g.lost_at, g.lease_expires_at) <
    clock_timestamp() - make_interval(secs => %(grace)s)
LIMIT 500"""
)
_ORPHANED: LiteralString = """
SELECT DISTINCT t.agent_id FROM rekuest_task t
JOIN rekuest_agent g ON g.id = t.agent_id
JOIN rekuest_journalsession j ON j.agent_id = g.id AND j.session_id = g.session_id
WHERE NOT t.is_done AND t.picked_up_at IS NOT NULL AND t.session_id <> j.id AND j.last_pos > 0
  AND t.agent_id = ANY(%(ids)s)
"""
_OVERDUE_INTERRUPTS: LiteralString = (
    TASK_COLUMNS + "WHERE NOT t.is_done AND t.interrupt_at < clock_timestamp() "
    "AND t.latest_kind <> 'INTERRUPTING' LIMIT 500"
)
_DUE: LiteralString = (
    TASK_COLUMNS
    + """
WHERE NOT t.is_done AND t.picked_up_at IS NULL AND t.agent_id = ANY(%(ids)s)
  AND t.id <> ALL(%(awaiting)s)
  AND (t.not_before IS NULL OR t.not_before <= clock_timestamp()) ORDER BY t.id LIMIT 500"""
)


async def agent_release(*, broker: Broker, agent_id: int, epoch: int) -> None:
    """Note that an agent's connection ended; a newer connection is not touched."""
    await broker.store.fetch(_RELEASE, {"agent": agent_id, "epoch": epoch})


async def renew_leases(broker: Broker) -> None:
    """Renew the leases of all agents connected here, in one write."""
    ids = list(broker.hub.links)
    if ids:
        await broker.store.fetch(
            _RENEW,
            {
                "ids": ids,
                "process": broker.process_id,
                "lease": broker.config.agents.lease_seconds,
            },
        )


async def sweep_abandoned_tasks(broker: Broker) -> None:
    """Lose started tasks whose agent has been away for longer than the grace period."""
    agents = broker.config.agents
    uptime = asyncio.get_running_loop().time() - broker.started_at
    if uptime < agents.grace_seconds:
        # Nobody could come back while this server was down.
        return
    for task in await broker.store.tasks(_ABANDONED, {"grace": agents.grace_seconds}):
        if task.execution is Execution.PLAIN:
            await task_lose(
                broker=broker, task=task, reason="The agent went away and did not come back."
            )
    if uptime < agents.workflow_grace_seconds:
        return
    for task in await broker.store.tasks(_ABANDONED, {"grace": agents.workflow_grace_seconds}):
        await task_lose(
            broker=broker, task=task, reason="The agent did not come back to resume the workflow."
        )


async def sweep_orphans(broker: Broker) -> None:
    """Lose what died with an earlier process of an agent whose present one has said its all."""
    links = broker.hub.links
    if not links:
        return
    for row in await broker.store.fetch(_ORPHANED, {"ids": list(links)}):
        link = broker.hub.link_of(row[0])
        if link is not None:
            await lose_orphans(broker=broker, agent_id=row[0], session_id=link.session_id)


async def sweep_overdue_cancels(broker: Broker) -> None:
    """Interrupt tasks that have not confirmed a cancel in the time they were given."""
    for task in await broker.store.tasks(_OVERDUE_INTERRUPTS, {}):
        try:
            await controls.interrupt(broker, task)
        except PlatformError as error:
            logger.info("not interrupted: %s", error, extra={"event": "task.not_interrupted"})


async def sweep_waiting_tasks(broker: Broker) -> None:
    """Deliver what became due, and send again what was not picked up in time."""
    hub = broker.hub
    oldest = asyncio.get_running_loop().time() - broker.config.agents.pickup_seconds
    for link in hub.links.values():
        for task_id in [key for key, at in link.awaiting.items() if at < oldest]:
            del link.awaiting[task_id]
    await deliver_due(broker, list(hub.links.values()))


async def deliver_due(broker: Broker, links: Sequence[AgentLink]) -> None:
    """Send what waits for agents and has not been sent on their connections."""
    if not links:
        return
    awaiting = [task_id for link in links for task_id in link.awaiting]
    parameters = {"ids": [link.agent_id for link in links], "awaiting": awaiting}
    for task in await broker.store.tasks(_DUE, parameters):
        known = broker.journal.tasks.setdefault(task.id, task)
        if is_deliverable(known, time.time()):
            broker.dispatcher.deliver(known)


async def sweep_probes(broker: Broker) -> None:
    """End probes past their time; read what others told about probes while nobody listened."""
    broker.probes.end_overdue(time.monotonic())
    if broker.hub.elsewhere.peers:
        await broker.probes.post.read(broker.probes.hear)


async def run_sweeps(broker: Broker) -> None:
    """Run the sweeps and the renewal of leases for ever."""
    agents = broker.config.agents
    renewed_at = 0.0
    while True:
        await asyncio.sleep(agents.sweep_seconds)
        try:
            if time.monotonic() - renewed_at >= agents.lease_renew_seconds:
                await renew_leases(broker)
                await broker.hub.elsewhere.forget_the_dead()
                broker.probes.forget_processes(broker.hub.elsewhere.peers)
                await broker.probes.post.drop_overdue()
                renewed_at = time.monotonic()
            await sweep_probes(broker)
            await sweep_waiting_tasks(broker)
            await sweep_overdue_cancels(broker)
            await sweep_abandoned_tasks(broker)
            await sweep_orphans(broker)
        except Exception:  # the edge of a loop: the next turn reads the rows again
            logger.exception("a sweep failed", extra={"event": "sweep.failed"})
