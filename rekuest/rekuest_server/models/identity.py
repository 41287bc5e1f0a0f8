"""Rows mirrored from verified tokens: who calls, from which app, release and device."""

from __future__ import annotations

from django.db import models


class Organization(models.Model):
    """A tenant. `external_id` is the `org` claim of the token, `slug` its readable name."""

    external_id = models.CharField(max_length=200, unique=True)
    slug = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.slug


class User(models.Model):
    """A person or service account as the token names it."""

    sub = models.CharField(max_length=200, unique=True)
    username = models.CharField(max_length=200, default="")

    def __str__(self) -> str:
        return self.username or self.sub


class App(models.Model):
    """A program by its identifier, whatever its version."""

    identifier = models.CharField(max_length=400, unique=True)

    def __str__(self) -> str:
        return self.identifier


class Release(models.Model):
    """One version of an app."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="releases")
    version = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["app", "version"], name="release_app_version")
        ]

    def __str__(self) -> str:
        return f"{self.app_id}:{self.version}"


class Device(models.Model):
    """A machine an app runs on."""

    device_id = models.CharField(max_length=400, unique=True)

    def __str__(self) -> str:
        return self.device_id


class Client(models.Model):
    """An installed app of an organization: the OAuth client of the token."""

    client_id = models.CharField(max_length=400, unique=True)
    release = models.ForeignKey(
        Release, null=True, on_delete=models.PROTECT, related_name="clients"
    )
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, related_name="clients")

    def __str__(self) -> str:
        return self.client_id
