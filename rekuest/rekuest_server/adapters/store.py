"""Reads and writes of the task path: data in, data out, no decisions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import msgspec
from psycopg.rows import TupleRow

from rekuest_server.adapters import statements
from rekuest_server.adapters.batch import Batch, DraftRow
from rekuest_server.adapters.database import Connection, Pool
from rekuest_server.adapters.states import write_states
from rekuest_server.domain.kinds import EventKind, Execution, Policy
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.domain.task_state import TaskState

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as read back; `returns` and `value` are JSON text."""

    id: int
    task_id: int
    kind: str
    message: str | None
    progress: int | None
    returns: str | None
    value: str | None
    level: str
    reference: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SessionPosition:
    """A journal session and how far it is projected."""

    row_id: int
    session_id: str
    last_pos: int
    gap_pos: int


class Outdated(Exception):
    """A row of the batch was changed by somebody else; read again and compute anew."""


class Store:
    """The statements of the task path on a pool; counts the round trips it makes."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        #: Round trips made so far, for tests and metrics.
        self.round_trips = 0

    async def fetch(self, sql: LiteralString, parameters: dict[str, Any]) -> list[TupleRow]:
        """Run one statement and return its rows."""
        cancels = _cancels()
        async with self._pool.connection() as conn:
            _heed_a_cancel_since(cancels)
            self.round_trips += 1
            cursor = await conn.execute(sql, parameters)
            return await cursor.fetchall() if cursor.description else []

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection, for work on the tables themselves."""
        cancels = _cancels()
        async with self._pool.connection() as conn:
            _heed_a_cancel_since(cancels)
            yield conn

    async def write(self, batch: Batch, now: float) -> list[int]:
        """Write a batch in one transaction and return the ids of its events, in order.

        Raises `Outdated`, with nothing written, if a row is not as the batch supposes.
        """
        cancels = _cancels()
        async with self._pool.connection() as conn:
            _heed_a_cancel_since(cancels)
            if not (batch.extras or batch.states or batch.snapshots):
                return await self._write_rows(conn, batch, now)
            async with conn.transaction():
                ids = await self._write_rows(conn, batch, now)
                async with conn.pipeline():
                    for extra in batch.extras:
                        await conn.execute(extra.sql, extra.parameters)
                self.round_trips += 2
                if batch.states or batch.snapshots:
                    self.round_trips += await write_states(conn, batch)
                return ids

    async def _write_rows(self, conn: Connection, batch: Batch, now: float) -> list[int]:
        if not (batch.events or batch.tasks or batch.sessions):
            return []
        self.round_trips += 1
        cursor = await conn.execute(
            statements.WRITE_EVENTS,
            {
                "events": _encode(batch.events).decode(),
                "tasks": _encode(batch.tasks).decode(),
                "sessions": _encode(batch.sessions).decode(),
                "now": now,
            },
        )
        row = await cursor.fetchone()
        if row is None or not row[0]:
            raise Outdated
        return list(row[1] or [])

    async def insert_tasks(
        self, drafts: Sequence[DraftRow], now: float
    ) -> dict[tuple[int, str], tuple[int, int]]:
        """Insert tasks; return ids of the new ones and of their first events, by their keys."""
        rows = await self.fetch(
            statements.WRITE_TASKS, {"drafts": _encode(drafts).decode(), "now": now}
        )
        return {(caller, reference): (task, event) for task, caller, reference, event in rows}

    async def tasks(self, sql: LiteralString, parameters: dict[str, Any]) -> list[LiveTask]:
        """Read tasks by one of the statements that select the task columns."""
        return [_live_task(row) for row in await self.fetch(sql, parameters)]

    async def tasks_by_id(self, ids: Sequence[int]) -> dict[int, LiveTask]:
        """Read tasks by id."""
        found = await self.tasks(statements.TASKS_BY_ID, {"ids": list(ids)})
        return {task.id: task for task in found}

    async def events_of(self, ids: Sequence[int]) -> list[StoredEvent]:
        """Read the events of tasks in the order of their ids."""
        rows = await self.fetch(statements.EVENTS_OF_TASKS, {"ids": list(ids)})
        return [StoredEvent(*row) for row in rows]

    async def session(self, agent: int, session_id: str) -> SessionPosition:
        """Return a journal session of an agent, made if it is new."""
        found = await self.fetch(statements.ADD_SESSION, {"agent": agent, "session": session_id})
        return SessionPosition(*found[0])


def _cancels() -> int:
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


def _heed_a_cancel_since(cancels: int) -> None:
    """Raise the cancellation the pool swallowed, if it did.

    It waits with `wait_for`, which on Python 3.11 drops a cancellation that comes in the very turn
    in which a connection is handed over. A loop of reads that is cancelled then never ends.
    """
    if _cancels() > cancels:
        raise asyncio.CancelledError


def _live_task(row: TupleRow) -> LiveTask:
    (
        task_id, organization, slug, caller, user, reference, action, action_hash,
        implementation, agent, interface, execution, effects, policy,
        kind, progress, picked_up, revision, last_step,
        created_at, root, parent, parent_step, call_key, asked_by, request,
        request_session, session, instruct, code_hash, current_code_hash,
        retired, args_hash, dependency, method,
        args, requires, message, step, capture, resolution,
        not_before, prompt, dependencies, retries, hooks, yields_once,
    ) = row  # fmt: skip
    state = TaskState(kind=EventKind(kind), progress=progress, picked_up=picked_up)
    return LiveTask(
        id=task_id,
        organization_id=organization,
        organization_slug=slug,
        caller_id=caller,
        user=user,
        reference=reference,
        action_id=action,
        action_hash=action_hash,
        implementation_id=implementation,
        agent_id=agent,
        interface=interface,
        execution=Execution(execution),
        effects=effects,
        policy=Policy(policy),
        state=state,
        revision=revision,
        last_step=last_step,
        created_at=created_at,
        root_id=root,
        parent_id=parent,
        parent_step=parent_step,
        call_key=call_key,
        asked_by=asked_by,
        request_id=request,
        request_session=request_session,
        session_row=session,
        latest_instruct=instruct,
        code_hash=code_hash,
        current_code_hash=current_code_hash,
        is_retired=retired,
        args_hash=args_hash,
        dependency=dependency,
        method=method,
        owes_decision=picked_up and state.kind is EventKind.DECIDED,
        args=args.encode(),
        state_requires=requires.encode(),
        message=message,
        step=step,
        capture=capture,
        resolution_id=resolution,
        not_before=not_before,
        prompt=(prompt or "null").encode(),
        dependencies=dependencies.encode(),
        retries=retries,
        hooks=hooks.encode(),
        yields_once=yields_once,
    )
