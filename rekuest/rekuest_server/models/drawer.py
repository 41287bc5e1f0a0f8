"""Drawers: values an agent holds in its memory for others to refer to."""

from __future__ import annotations

from django.db import models

from rekuest_server.models.agent import Agent


class Drawer(models.Model):
    """One shelved value; `resource_id` is minted by the agent."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="drawers")
    resource_id = models.CharField(max_length=200)
    identifier = models.CharField(max_length=400)
    label = models.CharField(max_length=1000, null=True)
    description = models.TextField(null=True)
    task_id = models.BigIntegerField(null=True)
    session_id = models.CharField(max_length=100, null=True)
    collected_at = models.DateTimeField(
        null=True, help_text="When its agent was told to drop it; told again until it did."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "resource_id"], name="drawer_agent_resource")
        ]

    def __str__(self) -> str:
        return self.resource_id
