"""Shortcuts and toolboxes: stored calls that people keep."""

from __future__ import annotations

from django.db import models

from rekuest_server.models.action import Action
from rekuest_server.models.identity import Organization, User


class Toolbox(models.Model):
    """A named set of shortcuts."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="toolboxes"
    )
    name = models.CharField(max_length=400)
    description = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="toolbox_org_name")
        ]

    def __str__(self) -> str:
        return self.name


class Shortcut(models.Model):
    """An action with some of its arguments filled in; `saved_args` is by port key."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="shortcuts"
    )
    toolbox = models.ForeignKey(Toolbox, on_delete=models.CASCADE, related_name="shortcuts")
    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="shortcuts")
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="shortcuts")
    name = models.CharField(max_length=400)
    description = models.TextField(null=True)
    saved_args = models.JSONField(default=dict)
    allow_quick = models.BooleanField(default=False)
    use_returns = models.BooleanField(default=False)
    bind_number = models.IntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
