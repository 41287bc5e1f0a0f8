"""Who is behind a row: organizations, people and clients, mirrored from verified tokens."""

from __future__ import annotations

from django.db import models


class Organization(models.Model):
    """A tenant: its key is the claim `org`. `welcomed_at` tells when its store was set up."""

    id = models.CharField(max_length=200, primary_key=True)
    slug = models.CharField(max_length=200)
    welcomed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.slug


class User(models.Model):
    """A person or service account: its key is the claim `sub`."""

    id = models.CharField(max_length=200, primary_key=True)
    username = models.CharField(max_length=200, default="")

    def __str__(self) -> str:
        return self.username or self.pk


class Client(models.Model):
    """An installed app: its key is the claim `client_id`."""

    id = models.CharField(max_length=400, primary_key=True)
    app = models.CharField(max_length=400, default="")
    version = models.CharField(max_length=200, default="")
    device = models.CharField(max_length=400, default="")

    def __str__(self) -> str:
        return self.app or self.pk
