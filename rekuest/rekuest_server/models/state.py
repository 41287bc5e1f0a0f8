"""States an agent publishes: definitions, current values, patches and snapshots."""

from __future__ import annotations

from django.db import models

from rekuest_server.models.agent import Agent, JournalSession


class StateDefinition(models.Model):
    """The shape of a state, shared by every agent that declares the same one."""

    hash = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=1000)
    ports = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.name


class State(models.Model):
    """A state of an agent at an interface; `value` is the value at `rev` of `session`."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="states")
    definition = models.ForeignKey(StateDefinition, on_delete=models.PROTECT, related_name="states")
    interface = models.CharField(max_length=400)
    key = models.CharField(max_length=400, null=True)
    app_identifier = models.CharField(max_length=400, null=True)
    value = models.JSONField(null=True)
    rev = models.BigIntegerField(default=0)
    session = models.ForeignKey(
        JournalSession, null=True, on_delete=models.SET_NULL, related_name="states"
    )
    retired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "interface"], name="state_agent_interface")
        ]

    def __str__(self) -> str:
        return self.interface


class Patch(models.Model):
    """One change of a state, as a JSON patch operation."""

    session = models.ForeignKey(JournalSession, on_delete=models.CASCADE, related_name="patches")
    state = models.ForeignKey(State, null=True, on_delete=models.SET_NULL, related_name="patches")
    interface = models.CharField(max_length=400)
    global_rev = models.BigIntegerField()
    op = models.CharField(max_length=20)
    path = models.TextField()
    value = models.JSONField(null=True)
    task_id = models.BigIntegerField(null=True)
    timestamp = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["session", "global_rev"], name="patch_session_rev")]

    def __str__(self) -> str:
        return f"{self.op} {self.path}"


class Snapshot(models.Model):
    """All states of a session at a revision."""

    session = models.ForeignKey(JournalSession, on_delete=models.CASCADE, related_name="snapshots")
    global_rev = models.BigIntegerField()
    states = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["session", "global_rev"], name="snapshot_session_rev")]

    def __str__(self) -> str:
        return f"snapshot {self.global_rev}"
