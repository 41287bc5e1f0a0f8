"""Messages the server sends to an agent, as structs, and their encoder."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from msgspec import Raw, Struct, field


def _new_id() -> str:
    return str(uuid.uuid4())


class ToAgent(Struct, tag_field="type", kw_only=True, omit_defaults=False):
    """Anything the server sends to an agent."""

    id: str = field(default_factory=_new_id)


class Inquiry(Struct):
    """A question for one task in INIT."""

    task: str


class Diagnostic(Struct, kw_only=True):
    """A finding of a registration that does not stop it."""

    code: str
    message: str
    level: str = "WARNING"
    path: str | None = None


class Init(ToAgent, tag="INIT", kw_only=True):
    """The registration is committed; the agent may talk."""

    agent: str
    inquiries: list[Inquiry]
    hash: str | None
    diagnostics: list[Diagnostic]


class RecordedEffect(Struct):
    """A value a workflow recorded."""

    key: str
    effect: str
    value: Raw


class Journal(Struct):
    """What a workflow recorded before its process died."""

    last_step: int
    effects: list[RecordedEffect]


class Assign(ToAgent, tag="ASSIGN", kw_only=True):
    """Run a task; sent at least once."""

    interface: str
    task: str
    args: Raw
    user: str
    org: str
    action: str
    implementation: str
    root: str | None = None
    parent: str | None = None
    reference: str | None = None
    resolution: str | None = None
    token: str | None = None
    message: str | None = None
    step: bool | None = None
    capture: bool | None = None
    probe: bool = False
    resume: Journal | None = None
    state_requires: list[Any] = field(default_factory=list)


class Cancel(ToAgent, tag="CANCEL", kw_only=True):
    """Cancel a task."""

    task: str


class Interrupt(ToAgent, tag="INTERRUPT", kw_only=True):
    """Interrupt a task."""

    task: str


class Pause(ToAgent, tag="PAUSE", kw_only=True):
    """Pause a task at its next pause point."""

    task: str


class Resume(ToAgent, tag="RESUME", kw_only=True):
    """Let a paused task go on."""

    task: str
    step: bool = False


class Decide(ToAgent, tag="DECIDE", kw_only=True):
    """The answer to HELD."""

    task: str
    approved: bool
    answer: str | None = None
    auto: bool = False
    values: Any = None


class Collect(ToAgent, tag="COLLECT", kw_only=True):
    """Drop shelved values."""

    drawers: list[str]


class Heartbeat(ToAgent, tag="HEARTBEAT"):
    """Are you there?"""


class JournalAck(ToAgent, tag="JOURNAL_ACK", kw_only=True):
    """Everything of the session up to `pos` is committed."""

    journal_session: str
    pos: int


class AssignResponse(ToAgent, tag="ASSIGN_RESPONSE", kw_only=True):
    """The answer to a child call."""

    request: str
    reference: str
    task: str | None = None
    created: bool = True
    error: str | None = None


class ProbeResponse(ToAgent, tag="PROBE_RESPONSE", kw_only=True):
    """The answer to a probe."""

    request: str
    probe: str | None = None
    error: str | None = None


class StateRevisionResponse(ToAgent, tag="STATE_REVISION_RESPONSE", kw_only=True):
    """The answer to a guard."""

    request: str
    revision: dict[str, Any] | None = None
    changed: bool | None = None
    detail: str | None = None
    error: str | None = None


class ControlResponse(ToAgent, tag="CONTROL_RESPONSE", kw_only=True):
    """The answer to a control of a child."""

    request: str
    accepted: bool
    task: str | None = None
    error: str | None = None


class Bounce(ToAgent, tag="BOUNCE", kw_only=True):
    """Reconnect."""

    duration: int | None = None


class Kick(ToAgent, tag="KICK", kw_only=True):
    """Go and do not come back."""

    reason: str | None = None


class ProtocolError(ToAgent, tag="PROTOCOL_ERROR", kw_only=True):
    """Before INIT: the registration is refused. Never sent after it."""

    error: str


class Mirror(Struct, kw_only=True, omit_defaults=True):
    """An event of a child, for the agent that asked for it; `type` is `<KIND>_EVENT`."""

    type: str
    task: str
    event: str
    seq: int
    id: str = field(default_factory=_new_id)
    progress: int | None = None
    message: str | None = None
    level: str | None = None
    returns: Raw | None = None
    error: str | None = None
    code: str | None = None
    prompt: Raw | None = None
    answer: str | None = None
    started: bool | None = None
    last_progress: int | None = None
    effects: str | None = None
    reason: str | None = None


_ENCODER = msgspec.json.Encoder()


def encode(message: ToAgent | Mirror) -> str:
    """Return the text frame of a message."""
    return _ENCODER.encode(message).decode()
