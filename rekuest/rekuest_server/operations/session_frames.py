"""Projection of the frames that are not about one task: states, locks, shelved values."""

from __future__ import annotations

from typing import LiteralString

import msgspec

from rekuest_server.adapters.batch import Batch, Extra, StateChange
from rekuest_server.adapters.states import BASELINE
from rekuest_server.operations.entries import ReportEntry
from rekuest_server.operations.ids import parse_task
from rekuest_server.wire import inbound

_LOCK: LiteralString = """
INSERT INTO rekuest_lock (agent_id, key, held_by_id, updated_at)
VALUES (%(agent)s, %(key)s, %(task)s, clock_timestamp())
ON CONFLICT (agent_id, key) DO UPDATE SET held_by_id = excluded.held_by_id,
  updated_at = excluded.updated_at
"""
_UNLOCK: LiteralString = """
UPDATE rekuest_lock SET held_by_id = NULL, updated_at = clock_timestamp()
WHERE agent_id = %(agent)s AND key = %(key)s
  AND (%(task)s::bigint IS NULL OR held_by_id = %(task)s)
"""
_FREE_LOCKS: LiteralString = """
UPDATE rekuest_lock SET held_by_id = NULL, updated_at = clock_timestamp()
WHERE agent_id = %(agent)s AND held_by_id IS NOT NULL
"""
_SHELVE: LiteralString = """
INSERT INTO rekuest_drawer (agent_id, resource_id, identifier, label, description, task_id,
  session_id, created_at)
VALUES (%(agent)s, %(resource)s, %(identifier)s, %(label)s, %(description)s, %(task)s,
  %(session)s, clock_timestamp())
ON CONFLICT (agent_id, resource_id) DO NOTHING
"""
_UNSHELVE: LiteralString = """
DELETE FROM rekuest_drawer WHERE agent_id = %(agent)s AND resource_id = %(resource)s
"""
_EMPTY_SHELVE: LiteralString = """
DELETE FROM rekuest_drawer WHERE agent_id = %(agent)s
  AND session_id IS DISTINCT FROM %(session)s
"""


def project(batch: Batch, entry: ReportEntry, frame: inbound.AnyJournaled) -> None:
    """Add what a frame changes to the batch."""
    agent = entry.link.agent_id
    session_row = entry.session.row_id if entry.session else entry.link.session_row
    assert session_row is not None, "only reports of tasks come without a session"
    match frame:
        case inbound.SessionInit():
            _open(batch, agent, session_row, frame)
        case inbound.StatePatch():
            batch.states.append(
                StateChange(
                    session=session_row,
                    agent=agent,
                    interface=frame.state_name,
                    rev=frame.global_rev,
                    op=frame.op,
                    path=frame.path,
                    value=bytes(frame.value),
                    task_id=parse_task(frame.task_id),
                    timestamp=frame.ts,
                )
            )
        case inbound.StateSnapshot():
            _set_all(batch, agent, session_row, frame.global_rev, frame.snapshots)
        case inbound.Lock():
            batch.extras.append(
                Extra(_LOCK, {"agent": agent, "key": frame.key, "task": parse_task(frame.task)})
            )
        case inbound.Unlock():
            batch.extras.append(
                Extra(_UNLOCK, {"agent": agent, "key": frame.key, "task": parse_task(frame.task)})
            )
        case inbound.Shelve():
            batch.extras.append(Extra(_SHELVE, _drawer(entry, frame)))
        case inbound.Unshelve():
            batch.extras.append(Extra(_UNSHELVE, {"agent": agent, "resource": frame.drawer}))


def _open(batch: Batch, agent: int, session_row: int, frame: inbound.SessionInit) -> None:
    # A new process holds no locks and has an empty memory.
    batch.extras.append(Extra(_FREE_LOCKS, {"agent": agent}))
    batch.extras.append(Extra(_EMPTY_SHELVE, {"agent": agent, "session": frame.session_id}))
    _set_all(batch, agent, session_row, 0, frame.states)


def _set_all(
    batch: Batch, agent: int, session_row: int, rev: int, states: dict[str, msgspec.Raw]
) -> None:
    for interface, value in states.items():
        batch.states.append(
            StateChange(
                session=session_row,
                agent=agent,
                interface=interface,
                rev=rev,
                op=BASELINE,
                path="",
                value=bytes(value),
            )
        )
    batch.snapshots.append((session_row, rev, msgspec.json.encode(states)))


def _drawer(entry: ReportEntry, frame: inbound.Shelve) -> dict[str, object]:
    return {
        "agent": entry.link.agent_id,
        "resource": frame.resource_id,
        "identifier": frame.identifier,
        "label": frame.label,
        "description": frame.description,
        "task": parse_task(frame.task),
        "session": entry.session.session_id if entry.session else entry.link.session_id,
    }
