"""What is put into the event writer: frames of agents, and wishes and facts of the server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from rekuest_server.domain.kinds import EventKind
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.operations.hub import AgentLink
from rekuest_server.wire.inbound import AnyJournaled, Poison


@dataclass(slots=True)
class SessionHandle:
    """A journal session a connection writes to; `committed` follows the commits."""

    row_id: int
    session_id: str
    committed: int


@dataclass(slots=True)
class ReportEntry:
    """A frame of an agent; `session` is set if the frame is a numbered one."""

    link: AgentLink
    frame: AnyJournaled | Poison
    size: int
    session: SessionHandle | None = None
    pos: int | None = None
    #: The dead letter the frame was taken from; it goes when the frame is projected.
    letter: int | None = None


@dataclass(slots=True)
class InstructNote:
    """A control that has to reach the agent until it is confirmed."""

    kind: str
    frame: str
    step: bool = False
    caller_id: int | None = None


@dataclass(frozen=True, slots=True)
class Rebind:
    """Takes a task back to before its pick-up, at an agent; `prompt` is JSON for a person."""

    agent_id: int
    implementation_id: int
    prompt: str | None = None


@dataclass(slots=True)
class FactEntry:
    """An event that does not come from the agent.

    `settled` gets the task after the commit, or the refusal.
    """

    task_id: int
    kind: EventKind
    message: str | None = None
    value: bytes | None = None
    instruct: InstructNote | None = None
    interrupt_at: float | None = None
    #: Text for the ASSIGN of an approved child.
    answer: str | None = None
    #: A DECIDE frame for the running task, kept until the task goes on.
    decide_frame: str | None = None
    rebind: Rebind | None = None
    settled: asyncio.Future[LiveTask] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


Entry = ReportEntry | FactEntry
