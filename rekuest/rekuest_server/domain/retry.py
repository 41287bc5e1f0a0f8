"""When a task that failed is run again, after which pause, what a person is asked. No I/O.

Only what its implementation declares to be free of effects or repeatable is run again by itself;
what cannot be undone waits for a person. What has already handed values on ends as it failed: its
caller would see them twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from rekuest_server.domain.kinds import Effects, EventKind, Execution
from rekuest_server.domain.live_task import LiveTask

REPEATABLE = (Effects.NONE, Effects.REPEATABLE)
#: The outcomes that can be followed by another run.
OUTCOMES = frozenset({EventKind.FAILED, EventKind.CRITICAL})
MOST_RETRIES = 100
LONGEST_PAUSE_SECONDS = 24 * 3600.0
#: A state that is larger is not shown to whoever decides.
LARGEST_STATES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """What the policy of a task says about its failure, and what is known of the task."""

    max_retries: int
    #: The pause before the first further run; each later one is twice as long.
    seconds: float
    outcomes: frozenset[str]
    has_yielded: bool = False
    agent: str = ""
    states: dict[str, Any] | None = None


class Verdict(Enum):
    """What becomes of a task that failed."""

    END = "end"
    AGAIN = "again"
    ASK = "ask"


def may_have_rule(task: LiveTask) -> bool:
    """Tell whether a rule could make a difference to a task."""
    return task.execution is Execution.PLAIN and (
        task.effects in REPEATABLE or task.effects == Effects.IRREVERSIBLE
    )


def judge(task: LiveTask, outcome: str, rule: RetryRule) -> Verdict:
    """Say what becomes of a task that failed, before the failure has changed it."""
    state = task.state
    if not may_have_rule(task) or state.is_done or not state.picked_up or rule.has_yielded:
        return Verdict.END
    if state.kind in (EventKind.CANCELLING, EventKind.INTERRUPTING):
        return Verdict.END
    if outcome not in rule.outcomes or task.retries >= rule.max_retries:
        return Verdict.END
    return Verdict.AGAIN if task.effects in REPEATABLE else Verdict.ASK


def pause_before(retry: int, rule: RetryRule) -> float:
    """Return the seconds before the first, second, third ... further run."""
    return float(min(LONGEST_PAUSE_SECONDS, rule.seconds * 2.0 ** (retry - 1)))


def question(
    task: LiveTask, *, verb: str, agent: str, reason: str, states: dict[str, Any]
) -> dict[str, Any]:
    """Return the hold by which a person decides about work that cannot be undone."""
    reached = "" if task.state.progress is None else f" at {task.state.progress} %"
    return {
        "kind": "rerun",
        "prompt": {
            "title": f"{agent} {verb}{reached} doing what cannot be undone. Run it again?",
            "description": "Look at the real thing first. Denying ends the task.",
        },
        "details": {
            "reason": reason,
            "agent": str(task.agent_id),
            "last_progress": task.state.progress,
            "effects": task.effects,
            "states": states,
        },
    }
