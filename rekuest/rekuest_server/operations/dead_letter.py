"""Dead letters: frames that could not be projected, and what becomes of them later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import LiteralString

from rekuest_server.operations.broker import Broker
from rekuest_server.operations.entries import ReportEntry
from rekuest_server.wire import inbound

_LETTERS: LiteralString = """
SELECT id, agent_id, session_id, frame, size FROM rekuest_deadletter
WHERE %(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s) ORDER BY id
"""
_LEFT: LiteralString = "SELECT id FROM rekuest_deadletter WHERE id = ANY(%(ids)s)"


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay did."""

    #: Letters that are gone: their frames were projected, or set aside anew for another reason.
    taken: list[int]
    #: Letters that still cannot be read.
    kept: list[int]


@dataclass(slots=True)
class _AbsentLink:
    """Stands for the connection a letter came on, which is long over."""

    agent_id: int
    session_id: str
    session_row: int | None
    epoch: int = 0
    awaiting: dict[int, float] = field(default_factory=dict)
    takes_state_requires: bool = False
    is_congested: bool = False

    def send(self, frame: str) -> None:
        """Nobody is there."""

    def acknowledge(self, session_id: str, pos: int) -> None:
        """The frame was acknowledged when it was set aside."""

    def written(self, frames: int) -> None:
        """Nothing waits for room."""

    def close(self, code: int, reason: str) -> None:
        """There is no connection."""


async def dead_letters_replay(*, broker: Broker, ids: Sequence[int] | None = None) -> Replay:
    """Project set-aside frames anew, all or some: after a mended server they may be readable.

    A letter and what its frame changes go in one transaction. The end of a task stands: what comes
    after it is a LATE_REPORT.
    """
    known = None if ids is None else list(ids)
    kept, tried = [], []
    for letter_id, agent_id, session, text, size in await broker.store.fetch(
        _LETTERS, {"ids": known}
    ):
        frame = inbound.parse(text)
        if not isinstance(frame, inbound.Journaled) or (
            session is None and not isinstance(frame, inbound.TaskReport)
        ):
            kept.append(letter_id)
            continue
        row = (await broker.store.session(agent_id, session)).row_id if session else None
        link = _AbsentLink(agent_id, session or "", row)
        broker.journal.put(ReportEntry(link=link, frame=frame, size=size, letter=letter_id))
        tried.append(letter_id)
    await broker.journal.settled()
    left = {row[0] for row in await broker.store.fetch(_LEFT, {"ids": tried})}
    return Replay(
        taken=[letter for letter in tried if letter not in left],
        kept=sorted([*kept, *left]),
    )
