"""Tasks as their callers handle them: assign, cancel, interrupt, pause, resume, decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis.errors import NotSupported
from chassis.identity import Principal
from rekuest_server.models import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignWish:
    """What a caller asks for; the first target that is set wins."""

    args: Mapping[str, Any]
    implementation: int | None = None
    agent: int | None = None
    interface: str | None = None
    action: int | None = None
    action_hash: str | None = None
    reference: str | None = None
    policy: str = "ASK"
    capture: bool = False
    step: bool | None = None
    resolution: int | None = None
    not_before: datetime | None = None
    hooks: Sequence[Mapping[str, Any]] = ()
    dependencies: Sequence[Mapping[str, Any]] = ()
    state_requires: Sequence[Mapping[str, Any]] = field(default=())


async def task_assign(*, principal: Principal, wish: AssignWish) -> Task:
    """Create a root task and send it to an agent; the same reference returns the same task.

    The returned `Task` is built from what was written, without reading it back.
    """
    raise NotSupported()


async def task_cancel(
    *, principal: Principal, task_id: int, auto_interrupt: float | None = None
) -> Task:
    """Ask the agent to cancel; after `auto_interrupt` seconds it becomes an interrupt."""
    raise NotSupported()


async def task_interrupt(*, principal: Principal, task_id: int) -> Task:
    """Interrupt the task and everything below it."""
    raise NotSupported()


async def task_pause(*, principal: Principal, task_id: int) -> Task:
    """Ask the agent to pause at its next pause point."""
    raise NotSupported()


async def task_resume(*, principal: Principal, task_id: int, step: bool = False) -> Task:
    """Let a paused task go on, with `step` only to its next pause point."""
    raise NotSupported()


async def task_decide(
    *,
    principal: Principal,
    task_id: int,
    approved: bool,
    answer: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> Task:
    """Answer a hold: approve or deny a held child, or a running task's own question."""
    raise NotSupported()
