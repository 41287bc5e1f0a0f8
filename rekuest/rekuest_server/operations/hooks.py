"""Calling of hooks: what is due stands in rows, written with the event that made it due.

A hook is a child of its task that nobody waits for: the task does not wait for it and ends as it
would without. Its reference is made of the task and the hook's place, so that it is called once.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import LiteralString

from chassis.clock import now
from chassis.errors import PlatformError
from chassis.logs import get_logger
from rekuest_server.adapters.database import DATABASE_FAULTS
from rekuest_server.domain.kinds import Policy
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.drafts import DraftParts, draft_task, encode_args
from rekuest_server.operations.hook_target import hook_target
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.operations.task import bindings_of

logger = get_logger(__name__)

#: An action that nobody offers so long after the hook was due is not called any more.
PATIENCE = timedelta(days=1)
#: How often rows are looked for that no event of this process announced.
_LOOK_SECONDS = 10.0
_MOST = 100

_DUE: LiteralString = """
SELECT id, task_id, number, hash, created_at FROM rekuest_duehook
WHERE next_at <= clock_timestamp() ORDER BY id LIMIT %(most)s
"""
_DONE: LiteralString = "DELETE FROM rekuest_duehook WHERE id = %(id)s"
_LATER: LiteralString = """
UPDATE rekuest_duehook SET next_at = clock_timestamp() + interval '30 s' WHERE id = %(id)s
"""


async def hooks_call(broker: Broker) -> int:
    """Make the tasks of the hooks that are due; return how many rows there were."""
    rows = await broker.store.fetch(_DUE, {"most": _MOST})
    tasks = await broker.store.tasks_by_id(sorted({row[1] for row in rows})) if rows else {}
    for key, task_id, number, digest, due_since in rows:
        task = tasks.get(task_id)
        is_settled = task is None or await _call(broker, task, number, digest, due_since)
        await broker.store.fetch(_DONE if is_settled else _LATER, {"id": key})
    return len(rows)


async def _call(
    broker: Broker, task: LiveTask, number: int, digest: str, due_since: datetime
) -> bool:
    """Make the task of a hook; false if that is to be tried again."""
    try:
        await _make(broker, task, number, digest)
    except PlatformError as error:
        logger.warning(
            "a hook was not called: %s", error, extra={"event": "hook.not_called", "task": task.id}
        )
        return now() - due_since > PATIENCE
    return True


async def _make(broker: Broker, task: LiveTask, number: int, digest: str) -> None:
    route, args = await hook_target(broker, task.organization_id, digest, task_id=task.id)
    caller = CallerIdentity(
        caller_id=task.caller_id,
        organization_id=task.organization_id,
        organization_slug=task.organization_slug,
        user_id=0,
        user=task.user,
        client_id=0,
    )
    parts = DraftParts(
        reference=f"hook-{task.id}-{number}",
        policy=task.policy,
        dependencies=await bindings_of(task.organization_id, route),
        # Whoever assigned a root chose its hooks; those of a child were chosen by an app.
        is_held=task.parent_id is not None and task.policy is Policy.ASK,
        parent=task,
        is_hook=True,
    )
    given = args if route.preset is None else {**args, **route.preset}
    encoded = encode_args(given, broker.config.tasks.value_bytes)
    draft = draft_task(caller=caller, route=route, args=encoded, parts=parts)
    await broker.dispatcher.create(draft, patience=broker.config.tasks.assign_timeout_seconds)


async def run_hooks(broker: Broker) -> None:
    """Call hooks for ever: when an event made one due, and once in a while."""
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await broker.journal.hooks_due.wait()
        broker.journal.hooks_due.clear()
        try:
            if await hooks_call(broker) == _MOST:
                broker.journal.hooks_due.set()
        except DATABASE_FAULTS as error:
            logger.warning("hooks have to wait: %s", error, extra={"event": "hook.waiting"})
