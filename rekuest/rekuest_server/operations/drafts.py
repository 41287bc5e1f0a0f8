"""Drafts of tasks: what a wish and a route make of each other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Raw

from chassis.clock import now
from chassis.errors import InvalidInput
from rekuest_server.adapters.batch import DraftRow
from rekuest_server.domain.errors import ValueTooLarge
from rekuest_server.domain.hooks import NO_HOOKS
from rekuest_server.domain.kinds import EventKind, Policy
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.domain.task_state import TaskState
from rekuest_server.operations.dispatch import Draft
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.operations.routes import Route

_sorted = msgspec.json.Encoder(order="sorted").encode
_encode = msgspec.json.Encoder().encode
_LONGEST_REFERENCE = 200
_LONGEST_CALL_KEY = 800


@dataclass(slots=True, kw_only=True)
class DraftParts:
    """What a task is made of besides its caller, route and arguments."""

    reference: str
    policy: Policy
    capture: bool | None = None
    step: bool | None = None
    resolution: int | None = None
    not_before: datetime | None = None
    hooks: bytes = NO_HOOKS
    state_requires: bytes = b"[]"
    dependencies: bytes = b"{}"
    prompt: bytes | None = None
    is_held: bool = False
    parent: LiveTask | None = None
    parent_step: int | None = None
    call_key: str | None = None
    dependency: str | None = None
    method: str | None = None
    request_id: str | None = None
    request_session: str | None = None
    #: Nobody asked for it over a socket, so no agent gets its mirrors.
    is_hook: bool = False


def encode_args(args: Mapping[str, Any], limit: int) -> bytes:
    """Return the arguments as JSON; too large ones are refused by the name of the port."""
    encoded = _encode(args)
    if len(encoded) > limit:
        raise too_large(args)
    return encoded


def too_large(args: Mapping[str, Any]) -> ValueTooLarge:
    """Return the refusal that names the largest argument."""
    port = max(args, key=lambda key: len(_encode(args[key])), default="args")
    return ValueTooLarge(
        f"The value of {port!r} is too large for a message; put it into object storage and pass "
        "a reference.",
        field=port,
    )


def args_digest(args: bytes) -> str:
    """Return the hash of arguments that does not depend on the order of their keys."""
    return hashlib.sha256(_sorted(msgspec.json.decode(args))).hexdigest()


def draft_task(*, caller: CallerIdentity, route: Route, args: bytes, parts: DraftParts) -> Draft:
    """Put a task together."""
    if len(parts.reference) > _LONGEST_REFERENCE:
        raise InvalidInput("A reference has at most 200 characters.", field="reference")
    if parts.call_key is not None and len(parts.call_key) > _LONGEST_CALL_KEY:
        raise InvalidInput("A call key has at most 800 characters.", field="call_key")
    task = _live(caller, route, args, parts)
    return Draft(row=_row(task, parts), task=task)


def _live(caller: CallerIdentity, route: Route, args: bytes, parts: DraftParts) -> LiveTask:
    parent = parts.parent
    kind = EventKind.HELD if parts.is_held else EventKind.QUEUED
    return LiveTask(
        id=0,
        organization_id=caller.organization_id,
        organization_slug=caller.organization_slug,
        caller_id=caller.caller_id,
        user=caller.user if parent is None else parent.user,
        reference=parts.reference,
        action_id=route.action_id,
        action_hash=route.action_hash,
        implementation_id=route.implementation_id,
        agent_id=route.agent_id,
        interface=route.runs_at,
        execution=route.execution,
        effects=route.effects,
        policy=parts.policy,
        state=TaskState(kind=kind),
        revision=0,
        last_step=0,
        created_at=now(),
        root_id=None if parent is None else parent.root,
        parent_id=None if parent is None else parent.id,
        parent_step=parts.parent_step,
        call_key=parts.call_key,
        asked_by=None if parent is None or parts.is_hook else parent.agent_id,
        request_id=parts.request_id,
        request_session=parts.request_session,
        current_code_hash=route.code_hash,
        yields_once=route.yields_once,
        args_hash=args_digest(args),
        dependency=parts.dependency,
        method=parts.method,
        args=args,
        dependencies=parts.dependencies,
        state_requires=parts.state_requires,
        step=parts.step,
        capture=parts.capture,
        resolution_id=parts.resolution,
        not_before=parts.not_before,
        prompt=parts.prompt or b"null",
        hooks=parts.hooks,
    )


def _row(task: LiveTask, parts: DraftParts) -> DraftRow:
    held = None
    if parts.is_held:
        held = Raw(
            _encode(
                {
                    "kind": "assign",
                    "prompt": Raw(task.prompt),
                    "action": str(task.action_id),
                    "agent": str(task.agent_id),
                    "args": Raw(task.args),
                    "caller_task": None if task.parent_id is None else str(task.parent_id),
                    "caller_agent": None if task.asked_by is None else str(task.asked_by),
                }
            )
        )
    return DraftRow(
        n=0,
        held=held,
        org=task.organization_id,
        caller=task.caller_id,
        ref=task.reference,
        action=task.action_id,
        impl=task.implementation_id,
        agent=task.agent_id,
        policy=task.policy,
        kind=task.state.kind,
        args=Raw(task.args),
        ahash=task.args_hash,
        root=task.root_id,
        parent=task.parent_id,
        pstep=task.parent_step,
        ckey=task.call_key,
        dep=task.dependency,
        meth=task.method,
        deps=Raw(parts.dependencies),
        resol=task.resolution_id,
        hooks=Raw(parts.hooks),
        reqs=Raw(parts.state_requires),
        prompt=None if parts.prompt is None else Raw(parts.prompt),
        cap=task.capture,
        step=task.step,
        nb=None if task.not_before is None else task.not_before.timestamp(),
        asked=task.asked_by,
        req=task.request_id,
        rsess=task.request_session,
    )
