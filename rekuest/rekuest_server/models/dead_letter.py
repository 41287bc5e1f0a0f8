"""Frames that could not be projected: acknowledged, kept and shown to an admin."""

from __future__ import annotations

from django.db import models

from rekuest_server.models.agent import Agent


class DeadLetter(models.Model):
    """One poison frame with the reason it was set aside."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="dead_letters")
    session_id = models.CharField(max_length=100, null=True)
    pos = models.BigIntegerField(null=True)
    task_id = models.BigIntegerField(null=True)
    reason = models.TextField()
    frame = models.TextField()
    size = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.reason[:60]}"
