"""Approvals: a person lets a deployer run a release as them. Rows are never deleted."""

from __future__ import annotations

from django.db import models

from kabinet_server.models.app import Release
from kabinet_server.models.backend import Backend
from kabinet_server.models.base import Owned
from kabinet_server.models.identity import User


class ReleaseApproval(Owned):
    """What was reviewed (`digest`), by whom, and the mandate that lets the deployer act."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="approvals")
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    mandate_id = models.CharField(max_length=200)
    agent = models.CharField(max_length=400)
    digest = models.CharField(max_length=80)
    backends = models.ManyToManyField(Backend, related_name="approvals")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["organization", "release"], name="approval_of_release")]

    def __str__(self) -> str:
        return f"{self.release_id} for {self.agent}"


class Consent(models.Model):
    """What the approver decided about one capability, and the host's side of it."""

    approval = models.ForeignKey(ReleaseApproval, on_delete=models.CASCADE, related_name="consents")
    name = models.CharField(max_length=63)
    is_granted = models.BooleanField()
    host = models.CharField(max_length=1000, null=True)
    is_writable = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["approval", "name"], name="consent_once")]

    def __str__(self) -> str:
        return self.name


class AuditEntry(Owned):
    """One dated decision or change; rows are only ever added.

    Plain texts instead of relations: what it is about may go, the entry stays.
    """

    kind = models.CharField(max_length=30)
    actor = models.CharField(max_length=200, null=True)
    subject = models.CharField(max_length=800)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="audit_of_tenant")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
