"""The rows of a batch as they are encoded for the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, LiteralString

from msgspec import Raw, Struct


class EventRow(Struct, kw_only=True):
    """One event to insert; names are short because they travel with every row."""

    n: int
    t: int
    k: str
    m: str | None = None
    p: int | None = None
    r: Raw | None = None
    v: Raw | None = None
    l: str = "INFO"  # noqa: E741
    e: str | None = None
    y: str | None = None
    f: str | None = None
    s: int | None = None
    a: int | None = None
    st: int | None = None
    ts: float | None = None


class TaskRow(Struct, kw_only=True):
    """The state of a task after a batch; `rev` is the revision the batch was computed from."""

    id: int
    rev: int
    kind: str
    ins: str
    prog: int | None = None
    msg: str | None = None
    ret: Raw | None = None
    done: bool = False
    picked: bool = False
    sess: int | None = None
    step: int = 0
    ch: str | None = None
    ia: float | None = None


class SessionRow(Struct, kw_only=True):
    """A journal session moved from `prev` to `pos`."""

    id: int
    prev: int
    pos: int


class DraftRow(Struct, kw_only=True, omit_defaults=True):
    """A task to insert."""

    n: int
    org: int
    caller: int
    ref: str
    action: int
    impl: int
    agent: int
    policy: str
    kind: str
    args: Raw
    ahash: str
    root: int | None = None
    parent: int | None = None
    pstep: int | None = None
    ckey: str | None = None
    dep: str | None = None
    meth: str | None = None
    deps: Raw | None = None
    resol: int | None = None
    hooks: Raw | None = None
    reqs: Raw | None = None
    prompt: Raw | None = None
    #: The value of the HELD event of a child that waits for consent.
    held: Raw | None = None
    cap: bool | None = None
    step: bool | None = None
    nb: float | None = None
    asked: int | None = None
    req: str | None = None
    rsess: str | None = None


@dataclass(slots=True)
class Extra:
    """A statement of a batch beside the three tables of every batch."""

    sql: LiteralString
    parameters: dict[str, Any]


@dataclass(slots=True)
class StateChange:
    """A state's value after a frame: replaced whole, or changed at a path."""

    session: int
    agent: int
    interface: str
    rev: int
    op: str
    path: str
    value: bytes
    task_id: int | None = None
    timestamp: float = 0.0


@dataclass(slots=True)
class Batch:
    """Everything one transaction writes."""

    events: list[EventRow] = field(default_factory=list)
    tasks: list[TaskRow] = field(default_factory=list)
    sessions: list[SessionRow] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)
    states: list[StateChange] = field(default_factory=list)
    snapshots: list[tuple[int, int, bytes]] = field(default_factory=list)
