"""Another run of a task that failed: the rules are read from rows, the events are made here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Raw

from rekuest_server.adapters import statements
from rekuest_server.adapters.batch import EventRow, Extra
from rekuest_server.adapters.store import Store
from rekuest_server.domain.kinds import EventKind, LogLevel
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.domain.retry import (
    LARGEST_STATES,
    RetryRule,
    Verdict,
    judge,
    pause_before,
    question,
)


@dataclass(frozen=True, slots=True)
class Again:
    """What another run of a task writes: the report as it is kept, the fact, the task's row."""

    report: EventRow
    fact: EventRow
    change: Extra


async def rules_of(store: Store, task_ids: Sequence[int]) -> dict[int, RetryRule]:
    """Read what policies say about tasks that fail; those without further runs are left out."""
    if not task_ids:
        return {}
    rows = await store.fetch(statements.RETRY_RULES, {"ids": list(task_ids)})
    return {
        task_id: RetryRule(
            max_retries=most,
            seconds=seconds,
            outcomes=frozenset(msgspec.json.decode(outcomes)),
            has_yielded=has_yielded,
            agent=agent,
            states=msgspec.json.decode(states) if len(states) <= LARGEST_STATES else {},
        )
        for task_id, most, seconds, outcomes, has_yielded, agent, states in rows
    }


def run_again(task: LiveTask, event: EventRow, rule: RetryRule) -> Again | None:
    """Return what is written instead of the failure; None if the task ends by it.

    The failure becomes a log: an end would be final for whoever waits for the task.
    """
    verdict = judge(task, event.k, rule)
    if verdict is Verdict.END:
        return None
    number, failed, reason = task.retries + 1, event.k, event.m or "The task failed."
    event.v = Raw(msgspec.json.encode({"kind": failed, "run": number, "value": event.v}))
    event.k, event.m, event.l = EventKind.LOG, reason, LogLevel.ERROR
    pause = pause_before(number, rule)
    fact = EventRow(n=0, t=task.id, k=EventKind.QUEUED)
    at: float | None = time.time() + pause
    prompt: str | None = None
    if verdict is Verdict.ASK:
        held = question(
            task, verb="failed", agent=rule.agent, reason=reason, states=rule.states or {}
        )
        fact.k, fact.m, fact.v = (
            EventKind.HELD,
            held["prompt"]["title"],
            Raw(msgspec.json.encode(held)),
        )
        at, prompt = None, msgspec.json.encode(held["prompt"]).decode()
    else:
        fact.m = f"Run again in {pause:g} s, {number} of at most {rule.max_retries} times."
        fact.v = Raw(
            msgspec.json.encode(
                {"effects": task.effects, "reason": reason, "retry": number, "seconds": pause}
            )
        )
    change = Extra(
        statements.RETRY, {"task": task.id, "retries": number, "at": at, "prompt": prompt}
    )
    return Again(event, fact, change)
