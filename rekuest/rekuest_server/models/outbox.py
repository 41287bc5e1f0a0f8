"""Frames the server owes an agent besides ASSIGN (open tasks) and controls (instructs)."""

from __future__ import annotations

from django.db import models

from rekuest_server.models.agent import Agent


class Outbox(models.Model):
    """A frame that is sent again at every INIT until its row is removed (DECIDE, COLLECT)."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="outbox")
    task_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=40)
    frame = models.JSONField()
    sent_epoch = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["agent"], name="outbox_agent")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.agent_id}"
