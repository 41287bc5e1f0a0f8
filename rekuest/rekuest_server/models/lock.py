"""Locks an agent declares; advisory, the agent itself enforces them."""

from __future__ import annotations

from django.db import models

from rekuest_server.models.agent import Agent


class Lock(models.Model):
    """A lock of an agent and the task that holds it now."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="locks")
    key = models.CharField(max_length=400)
    description = models.TextField(null=True)
    held_by = models.ForeignKey(
        "rekuest.Task",
        null=True,
        on_delete=models.SET_NULL,
        related_name="held_locks",
        db_constraint=False,
    )
    retired_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "key"], name="lock_agent_key")]

    def __str__(self) -> str:
        return self.key
