"""Tasks, their events and the instructions given to them.

The hot path writes these tables by raw SQL (adapters/). Foreign keys of `Task` and `TaskEvent`
carry no database constraint: a check locks the parent rows, and rows they name are never deleted.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rekuest_server.models.action import Action
from rekuest_server.models.agent import Agent, JournalSession
from rekuest_server.models.caller import Caller
from rekuest_server.models.identity import Organization
from rekuest_server.models.implementation import Implementation


class Task(models.Model):
    """One call of an action, from the wish to the terminal event.

    An open row with `picked_up_at` unset is the outbox of its ASSIGN.
    """

    organization = models.ForeignKey(
        Organization,
        on_delete=models.DO_NOTHING,
        related_name="tasks",
        db_constraint=False,
        db_index=False,
    )
    caller = models.ForeignKey(
        Caller,
        on_delete=models.DO_NOTHING,
        related_name="tasks",
        db_constraint=False,
        db_index=False,
    )
    reference = models.CharField(max_length=200)
    action = models.ForeignKey(
        Action, on_delete=models.DO_NOTHING, related_name="tasks", db_constraint=False
    )
    implementation = models.ForeignKey(
        Implementation,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="tasks",
        db_constraint=False,
        db_index=False,
    )
    agent = models.ForeignKey(
        Agent, null=True, on_delete=models.DO_NOTHING, related_name="tasks", db_constraint=False
    )
    root = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="descendants",
        db_constraint=False,
        db_index=False,
    )
    parent = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="children",
        db_constraint=False,
        db_index=False,
    )
    parent_step = models.IntegerField(null=True)
    call_key = models.CharField(max_length=800, null=True)
    dependency = models.CharField(max_length=400, null=True)
    dependency_method = models.CharField(max_length=400, null=True)
    dependencies = models.JSONField(default=dict)
    resolution_id = models.BigIntegerField(null=True)
    args = models.JSONField(default=dict)
    args_hash = models.CharField(max_length=64, default="")
    hooks = models.JSONField(default=list)
    state_requires = models.JSONField(default=list)
    prompt = models.JSONField(null=True)
    policy = models.CharField(max_length=10, default="ASK")
    capture = models.BooleanField(default=False)
    step = models.BooleanField(null=True)
    message = models.TextField(null=True, help_text="The answer text of a decision, for ASSIGN.")
    not_before = models.DateTimeField(null=True)
    latest_kind = models.CharField(max_length=20, default="QUEUED")
    latest_instruct = models.CharField(max_length=20, default="ASSIGN")
    latest_progress = models.IntegerField(null=True)
    latest_message = models.TextField(null=True)
    latest_returns = models.JSONField(null=True)
    is_done = models.BooleanField(default=False)
    picked_up_at = models.DateTimeField(null=True)
    session = models.ForeignKey(
        JournalSession,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="tasks",
        db_constraint=False,
        db_index=False,
        help_text="The agent process that picked the task up.",
    )
    code_hash = models.CharField(
        max_length=200, null=True, help_text="Of the implementation, as it was at the pick-up."
    )
    delivered_at = models.DateTimeField(null=True)
    attempt = models.IntegerField(default=0)
    retries = models.IntegerField(
        default=0, db_default=0, help_text="How often it was run again after it failed."
    )
    last_step = models.IntegerField(default=0)
    asked_by = models.ForeignKey(
        Agent,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="asked_tasks",
        db_constraint=False,
        db_index=False,
        help_text="The agent whose task asked for this child; its mirrors go there.",
    )
    request_id = models.CharField(max_length=100, null=True)
    request_session = models.CharField(max_length=100, null=True)
    interrupt_at = models.DateTimeField(null=True, help_text="When a cancel becomes an interrupt.")
    revision = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["caller", "reference"], name="task_caller_reference"),
            models.UniqueConstraint(
                fields=["parent", "call_key"],
                condition=Q(parent__isnull=False, call_key__isnull=False),
                name="task_parent_call_key",
            ),
            models.UniqueConstraint(
                fields=["parent", "parent_step"],
                condition=Q(parent__isnull=False, parent_step__isnull=False),
                name="task_parent_step",
            ),
        ]
        indexes = [
            models.Index(fields=["agent"], condition=Q(is_done=False), name="task_open_agent"),
            models.Index(
                fields=["asked_by"],
                condition=Q(asked_by__isnull=False, is_done=False),
                name="task_open_asked_by",
            ),
            models.Index(
                fields=["root"], condition=Q(root__isnull=False), name="task_root_partial"
            ),
            models.Index(
                fields=["parent"], condition=Q(parent__isnull=False), name="task_parent_partial"
            ),
            models.Index(fields=["organization", "-id"], name="task_org_recent"),
        ]

    def __str__(self) -> str:
        return f"task {self.pk}"


class TaskEvent(models.Model):
    """One event of a task; the id is the sequence number of every feed."""

    task = models.ForeignKey(
        Task,
        on_delete=models.DO_NOTHING,
        related_name="events",
        db_constraint=False,
        db_index=False,
    )
    kind = models.CharField(max_length=20)
    message = models.TextField(null=True)
    progress = models.IntegerField(null=True)
    returns = models.JSONField(null=True)
    value = models.JSONField(null=True)
    level = models.CharField(max_length=10, default="INFO")
    effect = models.CharField(max_length=20, null=True)
    key = models.CharField(max_length=800, null=True)
    reference = models.CharField(max_length=200, null=True)
    session = models.ForeignKey(
        JournalSession,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="events",
        db_constraint=False,
        db_index=False,
    )
    agent_pos = models.BigIntegerField(null=True)
    step = models.IntegerField(null=True)
    agent_ts = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "agent_pos"],
                condition=Q(session__isnull=False, agent_pos__isnull=False),
                name="taskevent_session_pos",
            )
        ]
        indexes = [models.Index(fields=["task", "id"], name="taskevent_task_id")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.task_id}"


class Instruct(models.Model):
    """A control given to a task; unconfirmed ones are sent again at every INIT."""

    task = models.ForeignKey(
        Task, on_delete=models.DO_NOTHING, related_name="instructs", db_constraint=False
    )
    agent_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=20)
    step = models.BooleanField(default=False)
    caller = models.ForeignKey(
        Caller,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="instructs",
        db_constraint=False,
        db_index=False,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["agent_id"],
                condition=Q(confirmed_at__isnull=True),
                name="instruct_open_agent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.task_id}"
