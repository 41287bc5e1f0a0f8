"""What admins change while everything runs: strategies and values for apps."""

from __future__ import annotations

from django.db import models

from chassis import clock
from fakts_server.models.app import App, Device
from fakts_server.models.organization import Organization


class Strategy(models.Model):
    """How an organization lets apps and people in; without a row the defaults hold."""

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, related_name="strategy"
    )
    approval = models.CharField(max_length=10, default="member")
    # [{"identifier": ..., "versions": [...] or null}]
    known_apps = models.JSONField(default=list)
    login_kinds = models.JSONField(default=list)
    platform_version = models.CharField(max_length=50, blank=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "fakts_strategy"

    def __str__(self) -> str:
        return self.approval


class RemoteValue(models.Model):
    """One version of a typed value; the newest of a key and target holds, older ones are kept."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="remote_values"
    )
    app = models.ForeignKey(
        App, null=True, blank=True, on_delete=models.CASCADE, related_name="remote_values"
    )
    device = models.ForeignKey(
        Device, null=True, blank=True, on_delete=models.CASCADE, related_name="remote_values"
    )
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)
    # Null in a version that takes the value away.
    value = models.JSONField(null=True)
    is_removed = models.BooleanField(default=False)
    version = models.PositiveIntegerField()
    is_current = models.BooleanField(default=True)
    changed_by_id = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "fakts_remote_value"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "app", "device", "key", "version"],
                name="remote_value_version_once",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["organization", "app", "device", "key"],
                name="remote_value_current_once",
                nulls_distinct=False,
                condition=models.Q(is_current=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}@{self.version}"
