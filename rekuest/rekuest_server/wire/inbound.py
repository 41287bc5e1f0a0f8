"""Messages an agent sends, as structs; unknown fields are ignored.

Values the broker only stores or passes on (returns, args, states) stay raw JSON: nothing is parsed
that nobody looks at.
"""

from __future__ import annotations

import json
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

NULL = Raw(b"null")


class FromAgent(Struct, tag_field="type", kw_only=True):
    """Anything an agent sends."""

    id: str | None = None


class Journaled(FromAgent, kw_only=True):
    """A numbered report; without `pos` it was sent before the session's journal began."""

    pos: int | None = None
    journal_session: str | None = None
    agent_ts: float | None = None
    task_step: int | None = None


class Register(FromAgent, tag="REGISTER", kw_only=True):
    """The first frame: who the agent is and what it offers. The declaration stays raw."""

    token: str
    force: bool = False
    session_id: str | None = None
    name: str | None = None
    description: str | None = None
    hash: str | None = None
    supervisor: str | None = None
    features: list[str] | None = None
    implementations: Raw = NULL
    states: Raw = NULL
    locks: Raw = NULL
    bloks: Raw = NULL
    assets: Raw = NULL


class HeartbeatAnswer(FromAgent, tag="HEARTBEAT_ANSWER"):
    """The answer to a HEARTBEAT."""


class SessionInit(Journaled, tag="SESSION_INIT", kw_only=True):
    """Opens a session: the baseline of all states at revision 0."""

    session_id: str
    states: dict[str, Raw]


class StatePatch(Journaled, tag="STATE_PATCH", kw_only=True):
    """One change of one state."""

    session_id: str
    global_rev: int
    state_name: str
    op: str
    path: str
    ts: float = 0.0
    value: Raw = NULL
    task_id: str | None = None


class StateSnapshot(Journaled, tag="STATE_SNAPSHOT", kw_only=True):
    """All states at a revision."""

    session_id: str
    global_rev: int
    snapshots: dict[str, Raw]


class Lock(Journaled, tag="LOCK", kw_only=True):
    """A task took a lock."""

    key: str
    task: str


class Unlock(Journaled, tag="UNLOCK", kw_only=True):
    """A lock was given back."""

    key: str
    task: str | None = None


class Shelve(Journaled, tag="SHELVE", kw_only=True):
    """A value is kept in the agent's memory under an id the agent minted."""

    identifier: str
    resource_id: str
    ref: str | None = None
    label: str | None = None
    description: str | None = None
    task: str | None = None


class Unshelve(Journaled, tag="UNSHELVE", kw_only=True):
    """A shelved value was dropped."""

    drawer: str
    ref: str | None = None


class TaskReport(Journaled, kw_only=True):
    """A report about one task."""

    task: str


class Started(TaskReport, tag="STARTED"):
    """The agent took the task: the receipt of ASSIGN."""


class Progress(TaskReport, tag="PROGRESS", kw_only=True):
    """How far the task is, in percent."""

    progress: int | float | None = None
    message: str | None = None


class Log(TaskReport, tag="LOG", kw_only=True):
    """A line of the task's log."""

    message: str | None = None
    level: str | None = "INFO"


class Yield(TaskReport, tag="YIELD", kw_only=True):
    """A value of the task."""

    returns: Raw = NULL


class Effect(TaskReport, tag="EFFECT", kw_only=True):
    """A value a workflow took from outside itself, to be given back on a resume."""

    effect: str
    value: Raw = NULL
    key: str | None = None


class Completed(TaskReport, tag="COMPLETED"):
    """The task ended well."""


class Failed(TaskReport, tag="FAILED", kw_only=True):
    """The task ended for a reason its caller can mend."""

    error: str | None = None
    code: str | None = None


class Critical(TaskReport, tag="CRITICAL", kw_only=True):
    """The task's body raised, or the task is not known to the agent."""

    error: str | None = None


class Cancelled(TaskReport, tag="CANCELLED"):
    """The task was cancelled."""


class Interrupted(TaskReport, tag="INTERRUPTED"):
    """The task was interrupted."""


class Paused(TaskReport, tag="PAUSED", kw_only=True):
    """The task stands at a pause point."""

    message: str | None = None
    details: Raw = NULL


class Resumed(TaskReport, tag="RESUMED"):
    """The task goes on."""


class Held(TaskReport, tag="HELD", kw_only=True):
    """The task waits for a decision; not numbered and not kept by the agent."""

    message: str | None = None
    prompt: Raw = NULL
    details: Raw = NULL
    blok: Raw = NULL


class Inform(TaskReport, tag="INFORM", kw_only=True):
    """The task shows a blok and goes on; not numbered."""

    message: str | None = None
    blok: Raw = NULL


class AssignRequest(FromAgent, tag="ASSIGN_REQUEST", kw_only=True):
    """A running workflow calls a child task."""

    reference: str | None = None
    args: Raw = Raw(b"{}")
    action: str | None = None
    action_hash: str | None = None
    implementation: str | None = None
    agent: str | None = None
    interface: str | None = None
    parent: str | None = None
    parent_step: int | None = None
    call_key: str | None = None
    dependency: str | None = None
    method: str | None = None
    resolution: str | None = None
    hooks: list[dict[str, Any]] | None = None
    capture: bool | None = None
    step: bool | None = None
    prompt: dict[str, Any] | None = None
    state_requires: list[dict[str, Any]] | None = None


class ProbeRequest(FromAgent, tag="PROBE_REQUEST", kw_only=True):
    """An ephemeral call without history."""

    reference: str | None = None
    args: Raw = Raw(b"{}")
    action: str | None = None
    action_hash: str | None = None
    implementation: str | None = None


class StateRevisionRequest(FromAgent, tag="STATE_REVISION_REQUEST", kw_only=True):
    """A workflow's guard asks about a state it depends on."""

    parent: str
    dependency: str
    state: str
    since: dict[str, Any] | None = None
    paths: list[str] | None = None


class ControlRequest(FromAgent, kw_only=True):
    """Control of a child task by the agent that asked for it."""

    task: str


class CancelRequest(ControlRequest, tag="CANCEL_REQUEST", kw_only=True):
    """Cancel a child; after `auto_interrupt` seconds interrupt it."""

    auto_interrupt: float | None = None


class InterruptRequest(ControlRequest, tag="INTERRUPT_REQUEST"):
    """Interrupt a child."""


class PauseRequest(ControlRequest, tag="PAUSE_REQUEST"):
    """Pause a child."""


class ResumeRequest(ControlRequest, tag="RESUME_REQUEST", kw_only=True):
    """Let a child go on."""

    step: bool = False


AnyControl = CancelRequest | InterruptRequest | PauseRequest | ResumeRequest
AnyTaskReport = (
    Started
    | Progress
    | Log
    | Yield
    | Effect
    | Completed
    | Failed
    | Critical
    | Cancelled
    | Interrupted
    | Paused
    | Resumed
    | Held
    | Inform
)
AnyJournaled = (
    AnyTaskReport | SessionInit | StatePatch | StateSnapshot | Lock | Unlock | Shelve | Unshelve
)
AnyFromAgent = (
    Register
    | HeartbeatAnswer
    | AnyJournaled
    | AssignRequest
    | ProbeRequest
    | StateRevisionRequest
    | AnyControl
)
Level = Literal["DEBUG", "INFO", "ERROR", "WARN", "CRITICAL"]


class Stamps(Struct, kw_only=True):
    """What is read of a frame that is not understood: enough to acknowledge and file it."""

    type: Any = None
    pos: Any = None
    journal_session: Any = None
    task: Any = None


class Poison(Struct, kw_only=True):
    """A frame that cannot be read; `pos` and `session` are set if it is a numbered one."""

    reason: str
    text: str
    type: str | None = None
    pos: int | None = None
    session: str | None = None
    task: str | None = None


_DECODER: msgspec.json.Decoder[AnyFromAgent] = msgspec.json.Decoder(AnyFromAgent)


def parse(text: str | bytes) -> AnyFromAgent | Poison:
    """Read a frame. What cannot be read comes back as `Poison`, never as an exception."""
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        return _poison(text, str(error))


def _poison(text: str | bytes, reason: str) -> Poison:
    shown = text if isinstance(text, str) else text.decode("utf8", "replace")
    try:
        stamps = msgspec.convert(_loose(shown), Stamps)
    except (ValueError, RecursionError, msgspec.ValidationError):
        return Poison(reason=reason, text=shown)
    return Poison(
        reason=reason,
        text=shown,
        type=stamps.type if isinstance(stamps.type, str) else None,
        pos=stamps.pos if isinstance(stamps.pos, int) else None,
        session=stamps.journal_session if isinstance(stamps.journal_session, str) else None,
        task=stamps.task if isinstance(stamps.task, str) else None,
    )


def _loose(text: str) -> Any:
    # Python's own reader takes NaN and Infinity, which a client may write and msgspec refuses.
    return json.loads(text)
