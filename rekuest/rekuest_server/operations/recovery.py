"""What an agent is told after it has registered: everything the server owes it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Raw

from chassis.errors import PlatformError
from chassis.logs import get_logger
from rekuest_server.adapters import statements
from rekuest_server.domain.agent_session import OpenTask, Recovery, recover
from rekuest_server.domain.kinds import EventKind, Execution
from rekuest_server.domain.live_task import LiveTask, run_name
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.dispatch import is_deliverable
from rekuest_server.operations.drawer import send_owed_collections
from rekuest_server.operations.entries import FactEntry
from rekuest_server.operations.frames import assign_frame, control_frame, mirror_of_stored
from rekuest_server.operations.hub import AgentLink
from rekuest_server.operations.rerun import task_rerun
from rekuest_server.wire import outbound

logger = get_logger(__name__)


@dataclass(slots=True)
class Plan:
    """The frames that follow INIT, and the tasks INIT asks about."""

    inquiries: list[str] = field(default_factory=list)
    deliver: list[LiveTask] = field(default_factory=list)
    resume: list[LiveTask] = field(default_factory=list)
    open_tasks: list[LiveTask] = field(default_factory=list)


async def recovery_plan(*, broker: Broker, link: AgentLink) -> Plan:
    """Read the open tasks of an agent and decide about each."""
    plan = Plan()
    tasks = await broker.store.tasks(statements.OPEN_TASKS_OF_AGENT, {"agent": link.agent_id})
    plan.open_tasks = tasks
    for task in tasks:
        match recover(_open_task(task, link)):
            case Recovery.INQUIRE:
                plan.inquiries.append(task.name)
            case Recovery.DELIVER if is_deliverable(task, time.time()):
                if link.agent_id not in broker.hub.draining:
                    plan.deliver.append(task)
            case Recovery.RESUME:
                plan.resume.append(task)
    return plan


async def recovery_send(*, broker: Broker, link: AgentLink, plan: Plan) -> None:
    """Send what is owed, to go out behind INIT: resumed workflows first, then all the rest."""
    broker.hub.load[link.agent_id] = len(plan.open_tasks)
    for frame in await _resume_frames(broker, link, plan.resume):
        link.send(frame)
    for task in plan.deliver:
        broker.journal.tasks.setdefault(task.id, task)
        if task.id not in link.awaiting:
            broker.dispatcher.send(link, task)
    await send_owed_controls(broker=broker, link=link)
    await _owed_responses(broker, link)


async def send_owed_controls(*, broker: Broker, link: AgentLink) -> None:
    """Send every control and decision that is not confirmed; a second one does no harm."""
    for task_id, retries, kind, step in await broker.store.fetch(
        statements.OPEN_INSTRUCTS_OF_AGENT, {"agent": link.agent_id}
    ):
        link.send(control_frame(kind, run_name(task_id, retries), step=step))
    for row in await broker.store.fetch(statements.OUTBOX_OF_AGENT, {"agent": link.agent_id}):
        link.send(row[3])
    await send_owed_collections(broker=broker, link=link)


async def _resume_frames(broker: Broker, link: AgentLink, tasks: Sequence[LiveTask]) -> list[str]:
    if not tasks:
        return []
    ids = [task.id for task in tasks]
    effects: dict[int, dict[str, outbound.RecordedEffect]] = defaultdict(dict)
    for task_id, key, effect, value in await broker.store.fetch(
        statements.EFFECTS_OF_TASKS, {"ids": ids}
    ):
        recorded = outbound.RecordedEffect(key or "", effect or "", Raw((value or "null").encode()))
        effects[task_id].setdefault(recorded.key, recorded)
    steps: dict[int, int] = dict(
        await broker.store.fetch(statements.LAST_CHILD_STEPS, {"ids": ids})
    )
    frames = []
    for task in tasks:
        journal = outbound.Journal(
            last_step=max(task.last_step, steps.get(task.id) or 0),
            effects=list(effects[task.id].values()),
        )
        link.awaiting[task.id] = time.monotonic()
        frames.append(
            assign_frame(
                task,
                takes_state_requires=link.takes_state_requires,
                token=broker.tokens.sign(task),
                resume=journal,
            )
        )
    return frames


async def _owed_responses(broker: Broker, link: AgentLink) -> None:
    """Repeat the answers to child calls of this process, with the story of each child."""
    children = await broker.store.tasks(
        statements.OWED_CHILDREN, {"agent": link.agent_id, "session": link.session_id}
    )
    for child in children:
        link.send(
            outbound.encode(
                outbound.AssignResponse(
                    request=child.request_id or "",
                    reference=child.reference,
                    task=str(child.id),
                    created=True,
                )
            )
        )
    await replay_events(broker=broker, link=link, tasks=children)


async def replay_events(*, broker: Broker, link: AgentLink, tasks: Sequence[LiveTask]) -> None:
    """Send the mirrors of all events of tasks, with their original numbers."""
    if not tasks:
        return
    for event in await broker.store.events_of([task.id for task in tasks]):
        mirror = mirror_of_stored(event)
        if mirror is not None:
            link.send(mirror)


async def lose_orphans(*, broker: Broker, agent_id: int, session_id: str) -> None:
    """After a new process has told all it knows: end what died with the old ones."""
    tasks = await broker.store.tasks(statements.OPEN_TASKS_OF_AGENT, {"agent": agent_id})
    link = broker.hub.link_of(agent_id)
    if link is None or link.session_id != session_id:
        return
    for task in tasks:
        if recover(_open_task(task, link)) is Recovery.LOSE:
            await task_lose(
                broker=broker, task=task, reason="The agent's process ended and a new one came."
            )


async def task_lose(*, broker: Broker, task: LiveTask, reason: str) -> None:
    """End a task whose agent is gone, saying what is known of it, unless it may be run again."""
    if await task_rerun(broker=broker, task=task, reason=reason):
        return
    value: dict[str, Any] = {
        "started": task.state.picked_up,
        "last_progress": task.state.progress,
        "effects": task.effects,
        "reason": reason,
    }
    entry = FactEntry(task.id, EventKind.LOST, message=reason, value=msgspec.json.encode(value))
    try:
        await broker.journal.record(entry)
    except PlatformError as error:
        logger.info("a task was not lost after all: %s", error, extra={"event": "task.kept"})


def _open_task(task: LiveTask, link: AgentLink) -> OpenTask:
    return OpenTask(
        state=task.state,
        same_session=task.session_row == link.session_row,
        execution=Execution(task.execution),
        code_hash=task.code_hash,
        current_code_hash=task.current_code_hash,
        is_retired=task.is_retired,
    )
