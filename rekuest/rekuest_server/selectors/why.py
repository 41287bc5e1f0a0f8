"""The facts behind a task's "why", read from the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chassis.clock import now
from chassis.config import current
from rekuest_server.config import RekuestConfig
from rekuest_server.domain.kinds import EventKind, Execution
from rekuest_server.domain.requirement import is_met, words_for
from rekuest_server.domain.why import Blocker, Facts, explain, summary
from rekuest_server.models import Agent, Lock, State, Task
from rekuest_server.selectors.action import live_implementations
from rekuest_server.selectors.liveness import is_connected

_MOST_CHILDREN = 20


@dataclass(frozen=True, slots=True)
class Why:
    """The answer: one sentence, and what stands in the way, first things first."""

    summary: str
    blockers: list[Blocker]


def task_why(task: Task) -> Why:
    """Explain a task that the caller may see."""
    facts = facts_of(task)
    blockers = explain(facts)
    return Why(summary(facts, blockers), blockers)


def facts_of(task: Task) -> Facts:
    """Read what there is to know; a task that ended needs little of it."""
    kind = EventKind(task.latest_kind)
    last = task.events.order_by("-pk").first()
    turning = task.events.filter(kind=kind).order_by("-pk").first() or last
    root = task.root or task
    base: dict[str, Any] = {
        "kind": kind,
        "picked_up": task.picked_up_at is not None,
        "now": now(),
        "since": turning.created_at if turning else task.created_at,
        "message": turning.message if turning else None,
        "value": turning.value if turning and isinstance(turning.value, dict) else {},
        "progress": task.latest_progress,
        "user": root.caller.user.username or root.caller.user.sub,
        "heard_at": last.created_at if last else None,
    }
    implementation = task.implementation
    if implementation is not None:
        base["effects"] = implementation.effects
        base["is_retired"] = implementation.retired_at is not None
    if task.agent is not None:
        base |= _agent_facts(task.agent)
    if not task.is_done:
        base |= _open_facts(task, base)
    return Facts(**base)


def _agent_facts(agent: Agent) -> dict[str, Any]:
    return {
        "agent": agent.pk,
        "agent_name": agent.given_name or agent.name or f"agent {agent.pk}",
        "agent_connected": is_connected(agent),
        "agent_blocked": agent.blocked,
        "agent_blocked_reason": agent.blocked_reason,
        "agent_draining": agent.draining,
        "agent_seen_at": agent.last_seen_at,
    }


def _open_facts(task: Task, base: dict[str, Any]) -> dict[str, Any]:
    prompt = task.prompt or base["value"].get("prompt")
    ahead = Task.objects.filter(agent=task.agent, is_done=False, pk__lt=task.pk)
    others = live_implementations().filter(action_id=task.action_id)
    # Nobody waits for hooks, which no agent asked for.
    asked_for = task.children.filter(is_done=False, asked_by__isnull=False)
    children = asked_for.order_by("pk")[:_MOST_CHILDREN]
    return {
        "prompt": prompt.get("title") if isinstance(prompt, dict) else None,
        "not_before": task.not_before,
        "lost_at": _lost_at(task),
        "others": others.exclude(agent=task.agent).values("agent").distinct().count(),
        "ahead": 0 if task.picked_up_at else ahead.count(),
        "locks": _locks(task),
        "unmet_states": _unmet(task),
        "children": tuple((child.pk, EventKind(child.latest_kind)) for child in children),
    }


def _lost_at(task: Task) -> Any:
    """Return when a task whose agent is away is given up."""
    agent, implementation = task.agent, task.implementation
    if agent is None or implementation is None or is_connected(agent):
        return None
    away = agent.lost_at or agent.lease_expires_at
    if away is None:
        return None
    agents = current(RekuestConfig).agents
    is_workflow = implementation.execution == Execution.WORKFLOW
    seconds = agents.workflow_grace_seconds if is_workflow else agents.grace_seconds
    return away + timedelta(seconds=seconds)


def _locks(task: Task) -> tuple[tuple[str, int | None], ...]:
    implementation = task.implementation
    if implementation is None or not implementation.locks:
        return ()
    held = Lock.objects.filter(
        agent=task.agent, key__in=implementation.locks, held_by__isnull=False
    ).exclude(held_by=task)
    return tuple((lock.key, lock.held_by_id) for lock in held.order_by("key"))


def _unmet(task: Task) -> tuple[str, ...]:
    if not task.state_requires:
        return ()
    states = State.objects.filter(agent=task.agent, retired_at=None)
    values = dict(states.values_list("interface", "value"))
    return tuple(
        words_for(item)
        for item in task.state_requires
        if not is_met(item, values.get(str(item.get("state"))))
    )
