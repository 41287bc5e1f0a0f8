"""Tasks in memory, for tests that need no rows."""

from __future__ import annotations

from typing import Any

from chassis import clock
from rekuest_server.domain.kinds import Execution, Policy
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.domain.task_state import TaskState


def live_task(task_id: int = 1, **changes: Any) -> LiveTask:
    """A task that waits for agent 1, with some changes."""
    values: dict[str, Any] = {
        "id": task_id,
        "organization_id": 1,
        "organization_slug": "lab",
        "caller_id": 1,
        "user": "ada",
        "reference": str(task_id),
        "action_id": 11,
        "action_hash": "h",
        "implementation_id": 21,
        "agent_id": 1,
        "interface": "add",
        "execution": Execution.PLAIN,
        "effects": "NONE",
        "policy": Policy.AUTO,
        "state": TaskState(),
        "revision": 0,
        "last_step": 0,
        "created_at": clock.now(),
    }
    return LiveTask(**(values | changes))
