"""The agent session protocol without I/O: who may connect, which frames count, what is owed.

The socket asks these functions and acts; nothing here knows a clock, a socket or a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rekuest_server.domain.kinds import EventKind, Execution
from rekuest_server.domain.task_state import TaskState


class Admission(Enum):
    """The answer to a REGISTER."""

    WELCOME = "welcome"
    #: The same process came back: its own old socket gives way, without being told off.
    TAKE_OVER = "take over"
    #: Another process is displaced because this one insists.
    DISPLACE = "displace"
    BUSY = "busy"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Incumbent:
    """The connection an agent has by the rows."""

    session_id: str | None
    is_live: bool


def admit(*, session_id: str, force: bool, blocked: bool, incumbent: Incumbent | None) -> Admission:
    """Decide about a REGISTER; the same session always wins over its own old socket."""
    if blocked:
        return Admission.BLOCKED
    if incumbent is None or not incumbent.is_live:
        return Admission.WELCOME
    if incumbent.session_id == session_id:
        return Admission.TAKE_OVER
    return Admission.DISPLACE if force else Admission.BUSY


class Arrival(Enum):
    """What a numbered frame is to its journal."""

    NEXT = "next"
    #: Already projected: acknowledge again, do nothing else.
    DUPLICATE = "duplicate"
    #: Frames are missing: make the agent send again what it keeps.
    GAP = "gap"
    #: The same gap again: the frames are gone, go on after them.
    LOST_GAP = "lost gap"
    #: A frame behind a gap that waits for its resend.
    AHEAD = "ahead"


@dataclass(slots=True)
class JournalCursor:
    """The position of one journal session; `last_pos` is what is or will be projected."""

    last_pos: int = 0
    gap_pos: int = 0
    waiting: bool = False

    def take(self, pos: int) -> Arrival:
        """Classify the frame at `pos` and move on if it counts."""
        if pos <= self.last_pos:
            return Arrival.DUPLICATE
        if pos == self.last_pos + 1:
            self.last_pos = pos
            return Arrival.NEXT
        if self.waiting:
            return Arrival.AHEAD
        if self.gap_pos == self.last_pos + 1:
            self.last_pos = pos
            return Arrival.LOST_GAP
        self.gap_pos = self.last_pos + 1
        self.waiting = True
        return Arrival.GAP


class Recovery(Enum):
    """What an open task needs when its agent has registered."""

    NOTHING = "nothing"
    #: Not picked up: send ASSIGN (again).
    DELIVER = "deliver"
    #: Picked up by this very process: ask how it stands.
    INQUIRE = "inquire"
    #: A workflow whose process died: send ASSIGN with what it recorded.
    RESUME = "resume"
    #: Its process died and nothing can bring it back.
    LOSE = "lose"


@dataclass(frozen=True, slots=True)
class OpenTask:
    """What recovery needs to know of a task that is not done."""

    state: TaskState
    same_session: bool
    execution: Execution
    code_hash: str | None
    current_code_hash: str | None
    is_retired: bool = False


def recover(task: OpenTask) -> Recovery:
    """Decide what to do about an open task of an agent that has just registered."""
    if not task.state.picked_up:
        if task.state.kind is EventKind.HELD:
            return Recovery.NOTHING
        return Recovery.DELIVER
    if task.same_session:
        return Recovery.INQUIRE
    is_same_code = task.code_hash is not None and task.code_hash == task.current_code_hash
    if task.execution is Execution.WORKFLOW and is_same_code and not task.is_retired:
        return Recovery.RESUME
    return Recovery.LOSE
