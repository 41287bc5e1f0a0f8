"""Writing of states: patches, snapshots and the value as it is after them."""

from __future__ import annotations

from typing import Any, LiteralString

import msgspec

from rekuest_server.adapters.batch import Batch, StateChange
from rekuest_server.adapters.database import Connection
from rekuest_server.domain.json_patch import PatchFailed, apply_patch

_LOCK: LiteralString = """
SELECT id, agent_id, interface, value FROM rekuest_state
WHERE agent_id = ANY(%(agents)s) AND interface = ANY(%(interfaces)s) ORDER BY id FOR UPDATE
"""
_SAVE: LiteralString = """
UPDATE rekuest_state SET value = %(value)s::jsonb, rev = %(rev)s, session_id = %(session)s,
  updated_at = clock_timestamp() WHERE id = %(id)s
"""
_PATCH: LiteralString = """
INSERT INTO rekuest_patch
  (session_id, state_id, interface, global_rev, op, path, value, task_id, timestamp)
VALUES (%(session)s, %(state)s, %(interface)s, %(rev)s, %(op)s, %(path)s, %(value)s::jsonb,
  %(task)s, to_timestamp(%(timestamp)s))
"""
_SNAPSHOT: LiteralString = """
INSERT INTO rekuest_snapshot (session_id, global_rev, states, created_at)
VALUES (%(session)s, %(rev)s, %(states)s::jsonb, clock_timestamp())
"""
_REVISION: LiteralString = """
UPDATE rekuest_journalsession SET states_rev = %(rev)s WHERE id = %(session)s
"""

#: The operation of a baseline: the whole value is set and no patch is kept.
BASELINE = "baseline"


async def write_states(conn: Connection, batch: Batch) -> int:
    """Write the state changes of a batch; return the round trips it took."""
    cursor = await conn.execute(
        _LOCK,
        {
            "agents": sorted({change.agent for change in batch.states}),
            "interfaces": sorted({change.interface for change in batch.states}),
        },
    )
    rows = await cursor.fetchall()
    known = {(agent, interface): row_id for row_id, agent, interface, _ in rows}
    values: dict[tuple[int, str], Any] = {(row[1], row[2]): row[3] for row in rows}
    last: dict[tuple[int, str], StateChange] = {}
    revisions: dict[int, int] = {}
    for change in batch.states:
        place = (change.agent, change.interface)
        values[place] = _changed(values.get(place), change)
        last[place] = change
        revisions[change.session] = change.rev
    async with conn.pipeline():
        for change in batch.states:
            if change.op != BASELINE:
                await conn.execute(_PATCH, _patch_row(change, known))
        for place, change in last.items():
            if place in known:
                await conn.execute(_SAVE, _value_row(known[place], values[place], change))
        for session, rev, states in batch.snapshots:
            await conn.execute(
                _SNAPSHOT, {"session": session, "rev": rev, "states": states.decode()}
            )
        for session, rev in revisions.items():
            await conn.execute(_REVISION, {"session": session, "rev": rev})
    return 2


def _changed(value: Any, change: StateChange) -> Any:
    new = msgspec.json.decode(change.value)
    if change.op == BASELINE:
        return new
    try:
        return apply_patch(value, change.op, change.path, new)
    except PatchFailed:
        # The patch is kept; the next snapshot or baseline sets the value right again.
        return value


def _patch_row(change: StateChange, known: dict[tuple[int, str], int]) -> dict[str, Any]:
    return {
        "session": change.session,
        "state": known.get((change.agent, change.interface)),
        "interface": change.interface,
        "rev": change.rev,
        "op": change.op,
        "path": change.path,
        "value": change.value.decode(),
        "task": change.task_id,
        "timestamp": change.timestamp,
    }


def _value_row(row_id: int, value: Any, change: StateChange) -> dict[str, Any]:
    return {
        "id": row_id,
        "value": msgspec.json.encode(value).decode(),
        "rev": change.rev,
        "session": change.session,
    }
