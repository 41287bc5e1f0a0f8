"""Installed copies of apps and what they are wired to."""

from __future__ import annotations

from django.db import models
from oauth2_provider.models import AbstractApplication

from fakts_server.models.app import Device, Release
from fakts_server.models.instance import InstanceAlias, ServiceInstance
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Hub, Membership
from fakts_server.models.relying_party import RelyingParty


class Client(AbstractApplication):
    """One installed copy of a release, acting for one membership.

    It is a django-oauth-toolkit application, so that the same row can log people in to a web app.
    """

    kind = models.CharField(max_length=20, default="development")
    role = models.CharField(max_length=20, default="interface")
    membership = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.CASCADE, related_name="clients"
    )
    hub = models.ForeignKey(
        Hub, null=True, blank=True, on_delete=models.CASCADE, related_name="clients"
    )
    release = models.ForeignKey(
        Release, null=True, blank=True, on_delete=models.CASCADE, related_name="clients"
    )
    device = models.ForeignKey(
        Device, null=True, blank=True, on_delete=models.SET_NULL, related_name="clients"
    )
    mandate = models.ForeignKey(
        Mandate, null=True, blank=True, on_delete=models.CASCADE, related_name="clients"
    )
    # The web app a person logs in to; its granted scopes are what the person agreed to.
    relying_party = models.ForeignKey(
        RelyingParty, null=True, blank=True, on_delete=models.CASCADE, related_name="clients"
    )
    manifest = models.JSONField(default=dict)
    granted_scopes = models.JSONField(default=list)
    statuses = models.JSONField(default=dict)
    functional = models.BooleanField(null=True, blank=True)
    last_reported_at = models.DateTimeField(null=True, blank=True)

    class Meta(AbstractApplication.Meta):
        swappable = "OAUTH2_PROVIDER_APPLICATION_MODEL"
        db_table = "fakts_client"
        constraints = [
            # Approving the same app again on the same device is the same client.
            models.UniqueConstraint(
                fields=["membership", "release", "device", "hub", "mandate", "relying_party"],
                name="client_once",
                nulls_distinct=False,
                condition=models.Q(membership__isnull=False, release__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.client_id


class ServiceInstanceMapping(models.Model):
    """One requirement of a client and the instance that answers it."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="mappings")
    key = models.CharField(max_length=255)
    instance = models.ForeignKey(ServiceInstance, on_delete=models.CASCADE, related_name="mappings")
    is_optional = models.BooleanField(default=False)

    class Meta:
        db_table = "fakts_service_instance_mapping"
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="mapping_once")]

    def __str__(self) -> str:
        return self.key


class ReportEntry(models.Model):
    """What a client last found out about one of its requirements."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="report_entries")
    key = models.CharField(max_length=255)
    alias = models.ForeignKey(InstanceAlias, null=True, blank=True, on_delete=models.SET_NULL)
    is_valid = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    reported_at = models.DateTimeField()

    class Meta:
        db_table = "fakts_report_entry"
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="report_once")]

    def __str__(self) -> str:
        return self.key
