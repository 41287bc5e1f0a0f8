"""Declared effects decide what becomes of work whose agent died.

If the organization's policy says so, work that changes nothing or may be repeated is queued again,
at another agent where there is one; work that cannot be undone waits for a person who sees what is
known of it. Everything else is lost, as it is without a policy.
"""

from __future__ import annotations

from typing import LiteralString

import msgspec

from chassis.errors import PlatformError
from chassis.logs import get_logger
from rekuest_server.domain.kinds import Effects, EventKind, Execution
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.domain.retry import LARGEST_STATES, REPEATABLE, question
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.entries import FactEntry, Rebind
from rekuest_server.operations.routes import Route, Target

logger = get_logger(__name__)

#: A task that was started this often by agents that died is not given to a further one.
MOST_RUNS = 3

_POLICY: LiteralString = """
SELECT p.rerun_lost, t.attempt,
  (SELECT coalesce(jsonb_object_agg(s.interface, s.value), '{}')::text FROM rekuest_state s
   WHERE s.agent_id = t.agent_id AND s.retired_at IS NULL),
  (SELECT coalesce(g.given_name, g.name) FROM rekuest_agent g WHERE g.id = t.agent_id)
FROM rekuest_task t
JOIN rekuest_runpolicy p ON p.organization_id = t.organization_id
  AND (p.action_id = t.action_id OR p.action_id IS NULL)
WHERE t.id = %(task)s ORDER BY p.action_id NULLS LAST LIMIT 1
"""


async def task_rerun(*, broker: Broker, task: LiveTask, reason: str) -> bool:
    """Queue or hold a task whose agent died; false if it is to be lost."""
    if task.execution is not Execution.PLAIN or not task.state.picked_up:
        return False
    rows = await broker.store.fetch(_POLICY, {"task": task.id})
    if not rows or not rows[0][0] or rows[0][1] + 1 >= MOST_RUNS:
        return False
    if task.effects in REPEATABLE:
        entry = _again(task, await _route(broker, task), reason)
    elif task.effects == Effects.IRREVERSIBLE:
        entry = _ask(task, reason, agent=rows[0][3], states=rows[0][2])
    else:
        return False
    try:
        await broker.journal.record(entry)
    except PlatformError as error:
        logger.info("not run again: %s", error, extra={"event": "task.not_rerun"})
        return False
    # What is in memory has no arguments any more; the row is read again.
    broker.journal.tasks.pop(task.id, None)
    logger.info("a task is run again", extra={"event": "task.rerun", "task": task.id})
    return True


async def _route(broker: Broker, task: LiveTask) -> Route | None:
    """Return another agent's offer of the action; None leaves the task where it is."""
    try:
        found = await broker.routes.choose(
            task.organization_id, Target(action=task.action_id), without=task.agent_id
        )
    except PlatformError:
        return None
    # What depends on others is wired to them; it stays where that is known to fit.
    return None if found.has_dependencies or found.is_draining else found


def _again(task: LiveTask, route: Route | None, reason: str) -> FactEntry:
    return FactEntry(
        task.id,
        EventKind.QUEUED,
        message=f"{reason} It may be repeated, so it is run again.",
        value=msgspec.json.encode({"effects": task.effects, "reason": reason}),
        rebind=Rebind(
            agent_id=task.agent_id if route is None else route.agent_id,
            implementation_id=task.implementation_id if route is None else route.implementation_id,
        ),
    )


def _ask(task: LiveTask, reason: str, *, agent: str, states: str) -> FactEntry:
    known = msgspec.json.decode(states) if len(states) <= LARGEST_STATES else {}
    value = question(task, verb="died", agent=agent, reason=reason, states=known)
    prompt = value["prompt"]
    return FactEntry(
        task.id,
        EventKind.HELD,
        message=prompt["title"],
        value=msgspec.json.encode(value),
        rebind=Rebind(
            agent_id=task.agent_id,
            implementation_id=task.implementation_id,
            prompt=msgspec.json.encode(prompt).decode(),
        ),
    )
