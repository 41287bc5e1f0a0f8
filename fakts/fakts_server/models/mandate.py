"""Standing authorities to log in without a person."""

from __future__ import annotations

from django.db import models

from chassis import clock
from fakts_server.models.app import Device
from fakts_server.models.organization import Hub, Membership
from fakts_server.models.user import User


class Mandate(models.Model):
    """Lets whoever holds its key, or keys issued under it, log in as its grantor."""

    grantor = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="mandates")
    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="mandates")
    label = models.CharField(max_length=255, blank=True)
    claimant = models.CharField(max_length=10, default="key")
    origin = models.CharField(max_length=10, default="member")
    key_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    key_prefix = models.CharField(max_length=20, blank=True)
    # The client id of the one app that will log in with the key, told when the key is issued.
    client_id_offered = models.CharField(max_length=100, blank=True)
    agent_identifier = models.CharField(max_length=255, blank=True)
    agent_device = models.ForeignKey(
        Device, null=True, blank=True, on_delete=models.CASCADE, related_name="agent_mandates"
    )
    agent_user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="agent_mandates"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )
    issuing_client = models.ForeignKey(
        "fakts.Client",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="issued_mandates",
    )
    attestation = models.CharField(max_length=500, blank=True)
    # A pin that is null leaves that side of the app open.
    pin_identifier = models.CharField(max_length=255, null=True, blank=True)
    pin_version = models.CharField(max_length=100, null=True, blank=True)
    pin_device = models.CharField(max_length=64, null=True, blank=True)
    pin_scopes = models.JSONField(null=True, blank=True)
    pin_requirements = models.JSONField(null=True, blank=True)
    max_clients = models.PositiveIntegerField(null=True, blank=True)
    allow_mesh = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revocation_reason = models.CharField(max_length=30, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "fakts_mandate"

    def __str__(self) -> str:
        return self.label or self.key_prefix or str(self.pk)
