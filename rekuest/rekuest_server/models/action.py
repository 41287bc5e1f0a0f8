"""Actions: what is offered in an organization, whoever implements it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from rekuest_server.models.identity import App, Organization


class Action(models.Model):
    """A typed function by its definition hash. `definition` is the whole declared definition."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="actions")
    app = models.ForeignKey(App, on_delete=models.PROTECT, related_name="actions")
    key = models.CharField(max_length=400)
    version = models.CharField(max_length=200)
    hash = models.CharField(max_length=200)
    name = models.CharField(max_length=1000)
    description = models.TextField(null=True)
    kind = models.CharField(max_length=20)
    definition = models.JSONField(default=dict)
    stateful = models.BooleanField(default=False)
    pure = models.BooleanField(default=False)
    idempotent = models.BooleanField(default=False)
    allow_probe = models.BooleanField(default=False)
    is_dev = models.BooleanField(default=False)
    collections = ArrayField(models.CharField(max_length=400), default=list)
    protocols = ArrayField(models.CharField(max_length=400), default=list)
    scope = models.CharField(max_length=40, default="GLOBAL")
    created_at = models.DateTimeField(auto_now_add=True)
    defined_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "app", "key", "version"], name="action_identity"
            )
        ]
        indexes = [models.Index(fields=["organization", "hash"], name="action_org_hash")]

    def __str__(self) -> str:
        return self.name
