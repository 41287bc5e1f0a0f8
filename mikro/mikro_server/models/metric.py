"""Metrics: one value about one object."""

from __future__ import annotations

import uuid

from django.db import models

from mikro_server.models.base import Made


class Metric(Made):
    """A quantity or a code, said by somebody about an object of this service."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    key = models.CharField(max_length=400)
    magnitude = models.FloatField(null=True)
    unit = models.CharField(max_length=100, null=True)
    code = models.CharField(max_length=400, null=True)
    target_identifier = models.CharField(max_length=200)
    target_object = models.CharField(max_length=100)
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    producer_app = models.CharField(max_length=400, null=True)
    producer_version = models.CharField(max_length=200, null=True)
    descriptors = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(
                fields=["organization", "target_identifier", "target_object"], name="metric_target"
            )
        ]

    def __str__(self) -> str:
        return self.key
