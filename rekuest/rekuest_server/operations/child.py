"""Children: tasks a running workflow asks for over its agent's socket, and their control."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import msgspec

from chassis.errors import PlatformError
from chassis.identity import Principal
from chassis.ids import new_id
from chassis.logs import get_logger
from rekuest_server.adapters import statements
from rekuest_server.adapters.orm import in_thread
from rekuest_server.domain.errors import NoTarget, TaskFinished
from rekuest_server.domain.kinds import Policy
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.operations import controls
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.drafts import DraftParts, args_digest, draft_task, too_large
from rekuest_server.operations.hook_target import hooks_checked
from rekuest_server.operations.hub import AgentLink
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.operations.ids import parse_id, parse_task
from rekuest_server.operations.recovery import replay_events
from rekuest_server.operations.routes import Route, Target
from rekuest_server.operations.task import bindings_of
from rekuest_server.selectors.guard import Unresolved, state_revision
from rekuest_server.wire import inbound, outbound

logger = get_logger(__name__)

#: How the client tells a changed workflow from any other refusal.
NONDETERMINISTIC = "Nondeterministic workflow"


@dataclass(frozen=True, slots=True)
class Asker:
    """The agent that asks: its link and the caller its children belong to."""

    link: AgentLink
    caller: CallerIdentity
    principal: Principal


async def child_assign(*, broker: Broker, asker: Asker, frame: inbound.AssignRequest) -> None:
    """Make the child a workflow asks for, or find it again, and answer."""
    link = asker.link
    reference = frame.reference or new_id()
    try:
        child, created = await _make_or_find(broker, asker, frame, reference)
    except PlatformError as error:
        link.send(_response(frame, reference, error=error.message))
        return
    link.send(
        outbound.encode(
            outbound.AssignResponse(
                request=frame.id or "",
                reference=child.reference,
                task=str(child.id),
                created=created,
            )
        )
    )
    if not created:
        await replay_events(broker=broker, link=link, tasks=[child])


async def _make_or_find(
    broker: Broker, asker: Asker, frame: inbound.AssignRequest, reference: str
) -> tuple[LiveTask, bool]:
    parent = await _parent(broker, asker.link, frame)
    route = await _route(broker, asker, frame, parent)
    args = bytes(frame.args)
    if route.preset is not None:
        args = msgspec.json.encode({**msgspec.json.decode(args), **route.preset})
    if len(args) > broker.config.tasks.value_bytes:
        raise too_large(msgspec.json.decode(args))
    parts = DraftParts(
        reference=reference,
        policy=parent.policy,
        capture=frame.capture,
        step=frame.step,
        resolution=parse_id(frame.resolution),
        hooks=await hooks_checked(broker, parent.organization_id, frame.hooks or []),
        state_requires=msgspec.json.encode(frame.state_requires or []),
        dependencies=await bindings_of(
            parent.organization_id, route, resolution=parse_id(frame.resolution)
        ),
        prompt=None if frame.prompt is None else msgspec.json.encode(frame.prompt),
        is_held=parent.policy is Policy.ASK,
        parent=parent,
        parent_step=frame.parent_step,
        call_key=frame.call_key,
        dependency=frame.dependency,
        method=frame.method,
        request_id=frame.id,
        request_session=asker.link.session_id,
    )
    draft = draft_task(caller=asker.caller, route=route, args=args, parts=parts)
    patience = broker.config.tasks.assign_timeout_seconds
    if await broker.dispatcher.create(draft, patience=patience):
        return draft.task, True
    return await _found_again(broker, draft.task, frame), False


async def _parent(broker: Broker, link: AgentLink, frame: inbound.AssignRequest) -> LiveTask:
    return await _parent_named(broker, link, frame.parent)


async def _parent_named(broker: Broker, link: AgentLink, name: str | None) -> LiveTask:
    parent_id = parse_task(name)
    if parent_id is None:
        raise NoTarget("A call over the agent socket needs the parent task it is made for.")
    parent = broker.journal.tasks.get(parent_id)
    if parent is None:
        parent = (await broker.store.tasks_by_id([parent_id])).get(parent_id)
    if parent is None or parent.agent_id != link.agent_id:
        raise NoTarget("The parent is not a task of this agent.")
    if parent.state.is_done:
        raise TaskFinished("The parent task is already finished.")
    return parent


async def _route(
    broker: Broker, asker: Asker, frame: inbound.AssignRequest, parent: LiveTask
) -> Route:
    if frame.dependency is not None and frame.method is not None:
        bound = bound_implementations(parent, frame.dependency, frame.method)
        return await broker.routes.choose_of(parent.organization_id, bound)
    target = Target(
        implementation=parse_id(frame.implementation),
        agent=parse_id(frame.agent),
        interface=frame.interface,
        action=parse_id(frame.action),
        action_hash=frame.action_hash,
    )
    return await broker.routes.choose(parent.organization_id, target)


def bound_implementations(parent: LiveTask, dependency: str, method: str) -> list[int]:
    """Return what a dependency of a task was bound to for one of its methods."""
    bindings = msgspec.json.decode(parent.dependencies)
    agents = bindings.get(dependency) if isinstance(bindings, dict) else None
    found = [parse_id(agent["actions"].get(method)) for agent in agents or ()]
    known = [key for key in found if key is not None]
    if not known:
        raise NoTarget(f"The dependency {dependency!r} of this task has no {method!r}.")
    return known


async def _found_again(broker: Broker, wanted: LiveTask, frame: inbound.AssignRequest) -> LiveTask:
    rows = await broker.store.tasks(
        statements.TASK_BY_CHILD_KEYS,
        {
            "parent": wanted.parent_id,
            "call_key": wanted.call_key,
            "step": wanted.parent_step,
            "caller": wanted.caller_id,
            "reference": wanted.reference,
        },
    )
    if not rows:
        raise NoTarget("The child cannot be made.")
    child = rows[0]
    if child.parent_id == wanted.parent_id and not _is_same_call(child, wanted):
        raise NoTarget(
            f"{NONDETERMINISTIC}: the call {frame.call_key or frame.parent_step!r} was made with "
            "another target or other arguments before."
        )
    await _adopt(broker, child, frame, wanted.request_session)
    return child


def _is_same_call(child: LiveTask, wanted: LiveTask) -> bool:
    return (
        child.action_id == wanted.action_id
        and child.args_hash == args_digest(wanted.args)
        and (child.dependency, child.method) == (wanted.dependency, wanted.method)
    )


async def _adopt(
    broker: Broker, child: LiveTask, frame: inbound.AssignRequest, session: str | None
) -> None:
    """Note that the answer is owed to the request that found the child."""
    await broker.store.fetch(
        "UPDATE rekuest_task SET request_id = %(request)s, request_session = %(session)s "
        "WHERE id = %(id)s",
        {"request": frame.id, "session": session, "id": child.id},
    )


def _response(frame: inbound.AssignRequest, reference: str, *, error: str) -> str:
    return outbound.encode(
        outbound.AssignResponse(
            request=frame.id or "", reference=reference, created=False, error=error
        )
    )


async def child_control(*, broker: Broker, asker: Asker, frame: inbound.AnyControl) -> None:
    """Carry out a control of a child and answer whether it was accepted."""
    error: str | None = None
    try:
        child = await _child(broker, asker.link, frame)
        await _control(broker, asker, child, frame)
    except PlatformError as refusal:
        error = refusal.message
    asker.link.send(
        outbound.encode(
            outbound.ControlResponse(
                request=frame.id or "", task=frame.task, accepted=error is None, error=error
            )
        )
    )


async def _child(broker: Broker, link: AgentLink, frame: inbound.AnyControl) -> LiveTask:
    task_id = parse_id(frame.task)
    child = broker.journal.tasks.get(task_id) if task_id is not None else None
    if child is None and task_id is not None:
        child = (await broker.store.tasks_by_id([task_id])).get(task_id)
    if child is None or child.asked_by != link.agent_id:
        raise NoTarget("The task is not a child of this agent's tasks.")
    if child.state.is_done:
        # The client cancels every child it has heard the end of; nothing changes.
        raise TaskFinished()
    return child


async def _control(
    broker: Broker, asker: Asker, child: LiveTask, frame: inbound.AnyControl
) -> None:
    caller: dict[str, Any] = {"caller_id": asker.caller.caller_id}
    match frame:
        case inbound.CancelRequest():
            wait = frame.auto_interrupt
            at = None if wait is None else time.time() + wait
            await controls.cancel(broker, child, interrupt_at=at, **caller)
        case inbound.InterruptRequest():
            await controls.interrupt(broker, child, **caller)
        case inbound.PauseRequest():
            await controls.pause(broker, child, **caller)
        case inbound.ResumeRequest():
            await controls.resume(broker, child, step=frame.step, **caller)


async def child_revision(
    *, broker: Broker, asker: Asker, frame: inbound.StateRevisionRequest
) -> None:
    """Answer a guard: the revision of a state of the parent's own dependency."""
    answer = outbound.StateRevisionResponse(request=frame.id or "")
    try:
        parent = await _parent_named(broker, asker.link, frame.parent)
        found = await in_thread(
            state_revision,
            parent=parent.id,
            agents=_bound_agents(parent, frame.dependency),
            state=frame.state,
            since=frame.since,
            paths=frame.paths or [],
        )
        answer.revision, answer.changed = found.revision, found.changed
        answer.detail = found.detail
    except PlatformError as refusal:
        answer.error = refusal.message
    except Unresolved as unresolved:
        answer.error = str(unresolved)
    asker.link.send(outbound.encode(answer))


def _bound_agents(parent: LiveTask, dependency: str) -> list[int]:
    bindings = msgspec.json.decode(parent.dependencies)
    agents = [parse_id(item["agent"]) for item in bindings.get(dependency) or ()]
    known = [agent for agent in agents if agent is not None]
    if not known:
        raise Unresolved(f"The dependency {dependency!r} of this task is not resolved.")
    return known
