"""The rows that an event of a task with hooks adds to its batch."""

from __future__ import annotations

from typing import LiteralString

import msgspec

from rekuest_server.adapters.batch import Extra
from rekuest_server.domain.hooks import NO_HOOKS, due, parse_hooks
from rekuest_server.domain.live_task import LiveTask
from rekuest_server.domain.task_state import TaskState

_ADD: LiteralString = """
INSERT INTO rekuest_duehook (task_id, number, hash) VALUES (%(task)s, %(number)s, %(hash)s)
ON CONFLICT DO NOTHING
"""


def due_rows(task: LiveTask, before: TaskState) -> list[Extra]:
    """Return the statements that note which hooks are due now that a task has changed."""
    if task.hooks == NO_HOOKS:
        return []
    hooks = parse_hooks(msgspec.json.decode(task.hooks))
    return [
        Extra(_ADD, {"task": task.id, "number": hook.number, "hash": hook.hash})
        for hook in due(hooks, before, task.state)
    ]
