"""Reads of tasks and their events."""

from __future__ import annotations

from django.db.models import F, QuerySet

from chassis.identity import Principal
from rekuest_server.models import RunPolicy, Task, TaskEvent
from rekuest_server.selectors.scope import row_id, visible


def tasks_visible_to(principal: Principal) -> QuerySet[Task]:
    """Return the tasks of the principal's organization, newest first."""
    return visible(principal, "task.read", Task.objects.order_by("-pk"))


def tasks_of(principal: Principal) -> QuerySet[Task]:
    """Return the tasks the principal itself asked for through its client, newest first."""
    return tasks_visible_to(principal).filter(
        caller__client__client_id=principal.client, caller__user__sub=principal.subject
    )


def policies_visible_to(principal: Principal) -> QuerySet[RunPolicy]:
    """Return the policies of the organization, the general one first."""
    rows = RunPolicy.objects.order_by(F("action").asc(nulls_first=True))
    return visible(principal, "task.read", rows)


def task_get(*, principal: Principal, task_id: object) -> QuerySet[Task]:
    """Return the task of an id."""
    return tasks_visible_to(principal).filter(pk=row_id(task_id))


def event_get(*, principal: Principal, event_id: object) -> QuerySet[TaskEvent]:
    """Return the event of an id."""
    rows = TaskEvent.objects.filter(pk=row_id(event_id))
    return visible(principal, "task.read", rows, path="task__organization")
