"""Where containers run: backends, which are apps, and their resources."""

from __future__ import annotations

from django.db import models

from kabinet_server.models.base import Owned
from kabinet_server.models.identity import Client, User


class Backend(Owned):
    """An app that runs containers. Every call of its client is a sign of life."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=400)
    kind = models.CharField(max_length=200)
    last_heartbeat = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "client"], name="backend_of_client"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Resource(Owned):
    """A place on a backend with its own hardware; `qualifiers` is a list of keys and values."""

    backend = models.ForeignKey(Backend, on_delete=models.CASCADE, related_name="resources")
    resource_id = models.CharField(max_length=400)
    name = models.CharField(max_length=400)
    qualifiers = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["backend", "resource_id"], name="resource_once")
        ]

    def __str__(self) -> str:
        return self.name
