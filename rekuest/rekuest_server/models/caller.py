"""Who asked for a task: one row per client, user and organization."""

from __future__ import annotations

from django.db import models

from rekuest_server.models.identity import Client, Organization, User


class Caller(models.Model):
    """The originator of tasks; the feed `mytasks` is cut by it."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="callers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="callers")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="callers")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "user", "organization"], name="caller_identity"
            )
        ]

    def __str__(self) -> str:
        return f"caller {self.pk}"
