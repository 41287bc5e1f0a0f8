"""What rows share: the tenant they belong to, when they were made, facts that ports ask for."""

from __future__ import annotations

from django.db import models

from kabinet_server.models.identity import Organization


class Owned(models.Model):
    """A row of an organization."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class Described(Owned):
    """A row with descriptors: a flat mapping of facts, `@kabinet/...`."""

    descriptors = models.JSONField(default=dict)

    class Meta:
        abstract = True
