"""Apps, their releases and the devices they run on; each belongs to one organization."""

from __future__ import annotations

from django.db import models

from chassis import clock
from fakts_server.models.organization import Organization


class App(models.Model):
    """A program, known by its identifier."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="apps")
    identifier = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "fakts_app"
        constraints = [
            models.UniqueConstraint(fields=["organization", "identifier"], name="app_once"),
        ]

    def __str__(self) -> str:
        return self.identifier


class Release(models.Model):
    """One version of an app, as its manifest last described it."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="releases")
    version = models.CharField(max_length=100)
    author = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    # Only the address: it is never fetched on behalf of a stranger.
    logo_url = models.TextField(blank=True)
    scopes = models.JSONField(default=list)
    requirements = models.JSONField(default=list)
    public_sources = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "fakts_release"
        constraints = [models.UniqueConstraint(fields=["app", "version"], name="release_once")]

    def __str__(self) -> str:
        return self.version


class Device(models.Model):
    """A machine apps run on; its id is hashed so that organizations cannot compare."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="devices")
    fingerprint = models.CharField(max_length=64)
    name = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "fakts_device"
        constraints = [
            models.UniqueConstraint(fields=["organization", "fingerprint"], name="device_once"),
        ]

    def __str__(self) -> str:
        return self.name or self.fingerprint[:8]
