"""Implementations: one agent offers one action at an interface; and what it depends on."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from rekuest_server.models.action import Action
from rekuest_server.models.agent import Agent


class Implementation(models.Model):
    """An action at an interface of an agent.

    Rows are never deleted and keep their id when the agent declares itself again: a resumed
    workflow finds its children by ids. `retired_at` says that the declaration dropped it.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="implementations")
    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="implementations")
    interface = models.CharField(max_length=400)
    execution = models.CharField(max_length=20, default="PLAIN")
    effects = models.CharField(max_length=20, default="UNKNOWN")
    code_hash = models.CharField(max_length=200, null=True)
    needs_token = models.BooleanField(default=True)
    provenance_audience = ArrayField(models.CharField(max_length=400), null=True)
    locks = ArrayField(models.CharField(max_length=400), default=list)
    manipulates = ArrayField(models.CharField(max_length=400), default=list)
    params = models.JSONField(default=dict)
    tracks = models.JSONField(default=list)
    optimistics = models.JSONField(default=list)
    logo = models.CharField(max_length=400, null=True)
    diagnostics = models.JSONField(default=list)
    lower = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.CASCADE,
        related_name="wrappers",
        help_text="The implementation it wraps; its agent runs it at `runs_at`.",
    )
    runs_at = models.CharField(max_length=400, null=True)
    preset = models.JSONField(null=True, help_text="Arguments a wrapper fills in, by port key.")
    retired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "interface"], name="implementation_agent_interface"
            )
        ]

    def __str__(self) -> str:
        return self.interface


class Dependency(models.Model):
    """What an implementation needs of other agents; `declaration` is the declared input whole."""

    implementation = models.ForeignKey(
        Implementation, on_delete=models.CASCADE, related_name="dependencies"
    )
    key = models.CharField(max_length=400)
    app_filter = models.CharField(max_length=400, null=True)
    version_filter = models.CharField(max_length=200, null=True)
    name = models.CharField(max_length=400, null=True)
    description = models.TextField(null=True)
    optional = models.BooleanField(default=False)
    auto_resolvable = models.BooleanField(default=False)
    min_viable_instances = models.IntegerField(null=True)
    max_viable_instances = models.IntegerField(null=True)
    declaration = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["implementation", "key"], name="dependency_implementation_key"
            )
        ]

    def __str__(self) -> str:
        return self.key
