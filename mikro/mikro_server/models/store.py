"""Stores: what lies in the object store, and the ledger of how much of it is whose."""

from __future__ import annotations

import uuid

from django.db import models

from mikro_server.domain.kinds import StoreKind
from mikro_server.domain.store_state import StoreState
from mikro_server.models.base import Made
from mikro_server.models.identity import Organization, User


class Store(Made):
    """One object or one prefix of the object store, known before its first byte is written."""

    kind = models.CharField(max_length=20, choices=[(one.value, one.value) for one in StoreKind])
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    bucket = models.CharField(max_length=100)
    key = models.CharField(max_length=400, unique=True)
    state = models.CharField(
        max_length=20,
        choices=[(one.value, one.value) for one in StoreState],
        default=StoreState.REQUESTED.value,
    )
    original_file_name = models.CharField(max_length=1000, null=True)
    content_type = models.CharField(max_length=200, null=True)
    max_bytes = models.BigIntegerField()
    size_bytes = models.BigIntegerField(null=True)
    objects_count = models.IntegerField(null=True)
    #: SHA-256 over the ETags of all objects in the order of their keys, or the one ETag.
    digest = models.CharField(max_length=200, null=True)
    #: What finish read of it: shape, chunks and dtype of an array, columns of a table.
    metadata = models.JSONField(default=dict)
    expires_at = models.DateTimeField()
    populated_at = models.DateTimeField(null=True)
    trashed_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state=StoreState.REQUESTED.value),
                name="store_expiring",
            ),
            models.Index(
                fields=["trashed_at"],
                condition=models.Q(state=StoreState.TRASHED.value),
                name="store_trashed",
            ),
            models.Index(fields=["organization", "state", "kind"], name="store_of_organization"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def path(self) -> str:
        """Bucket and key in one."""
        return f"{self.bucket}/{self.key}"


class Quota(models.Model):
    """How much an organization, or one person in it, may keep at most; set by an admin of it."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    #: Without one it is the limit of the organization.
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    limit_bytes = models.BigIntegerField()
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="quota_of_user"),
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(user=None),
                name="quota_of_organization",
            ),
            models.CheckConstraint(condition=models.Q(limit_bytes__gte=0), name="quota_is_no_debt"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id}/{self.user_id}: at most {self.limit_bytes}"


class Usage(models.Model):
    """What one person keeps in the stores of one organization; written with each store."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="usage")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    stored_bytes = models.BigIntegerField(default=0)
    stores = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="usage_of_user")
        ]

    def __str__(self) -> str:
        return f"{self.organization_id}/{self.user_id}: {self.stored_bytes}"
