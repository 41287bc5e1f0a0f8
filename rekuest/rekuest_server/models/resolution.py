"""Stored bindings of what an implementation depends on."""

from __future__ import annotations

from django.db import models

from rekuest_server.models.identity import Organization, User
from rekuest_server.models.implementation import Implementation


class Resolution(models.Model):
    """A binding that calls can name; `bindings` is `{key: [{"agent", "actions": {slot: id}}]}`."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="resolutions"
    )
    implementation = models.ForeignKey(
        Implementation, on_delete=models.CASCADE, related_name="resolutions"
    )
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="resolutions")
    name = models.CharField(max_length=400)
    bindings = models.JSONField(default=dict)
    resolved_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name
