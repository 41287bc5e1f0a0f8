"""Reading rows from async tests."""

from __future__ import annotations

from typing import Any

from agents import Agent
from asgiref.sync import sync_to_async

from rekuest_server import models


@sync_to_async
def kinds_of(task: int | str) -> list[str]:
    """The kinds of a task's events, in order."""
    events = models.TaskEvent.objects.filter(task_id=task).order_by("id")
    return list(events.values_list("kind", flat=True))


@sync_to_async
def events_of(task: int | str) -> list[models.TaskEvent]:
    """The events of a task, in order."""
    return list(models.TaskEvent.objects.filter(task_id=task).order_by("id"))


@sync_to_async
def task_row(task: int | str) -> models.Task:
    """A task as stored."""
    return models.Task.objects.get(pk=task)


@sync_to_async
def tasks_below(task: int | str) -> list[models.Task]:
    """The children of a task."""
    return list(models.Task.objects.filter(parent_id=task).order_by("id"))


@sync_to_async
def agent_row(agent: Agent) -> models.Agent:
    """An agent as stored."""
    return models.Agent.objects.get(pk=agent.agent_id)


@sync_to_async
def implementation_of(agent: Agent, interface: str = "add") -> int:
    """The id of an implementation."""
    rows = models.Implementation.objects
    return rows.get(agent_id=agent.agent_id, interface=interface).pk


@sync_to_async
def dead_letters() -> list[models.DeadLetter]:
    """What was set aside."""
    return list(models.DeadLetter.objects.order_by("id"))


@sync_to_async
def open_instructs(task: int | str) -> list[str]:
    """Controls of a task that are not confirmed."""
    rows = models.Instruct.objects.filter(task_id=task, confirmed_at=None).order_by("id")
    return list(rows.values_list("kind", flat=True))


@sync_to_async
def update(model: Any, key: int | str, **values: Any) -> None:
    """Change a row behind the server's back."""
    model.objects.filter(pk=key).update(**values)


@sync_to_async
def count(model: Any, **filters: Any) -> int:
    """Count rows."""
    return int(model.objects.filter(**filters).count())
