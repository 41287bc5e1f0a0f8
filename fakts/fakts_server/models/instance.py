"""Services, their running instances and the addresses of those."""

from __future__ import annotations

from django.db import models

from chassis import clock
from fakts_server.models.group import Group
from fakts_server.models.organization import Hub, Organization
from fakts_server.models.user import User


class Service(models.Model):
    """A kind of backend, as manifests name it."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="services"
    )
    identifier = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)

    class Meta:
        db_table = "fakts_service"
        constraints = [
            models.UniqueConstraint(fields=["organization", "identifier"], name="service_once"),
        ]

    def __str__(self) -> str:
        return self.identifier


class ServiceRelease(models.Model):
    """One version of a service."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="releases")
    version = models.CharField(max_length=100)

    class Meta:
        db_table = "fakts_service_release"
        constraints = [
            models.UniqueConstraint(fields=["service", "version"], name="service_release_once"),
        ]

    def __str__(self) -> str:
        return self.version


class ServiceInstance(models.Model):
    """A running backend of a hub: what a requirement is wired to."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="instances")
    release = models.ForeignKey(ServiceRelease, on_delete=models.CASCADE, related_name="instances")
    identifier = models.CharField(max_length=100)
    challenge_key = models.CharField(max_length=100, blank=True)
    certificates = models.JSONField(default=list)
    is_default = models.BooleanField(default=False)
    # Words beyond its kind that requirements may ask for, such as `cuda`.
    provides = models.JSONField(default=list)
    allowed_users = models.ManyToManyField(User, related_name="allowed_instances", blank=True)
    denied_users = models.ManyToManyField(User, related_name="denied_instances", blank=True)
    allowed_groups = models.ManyToManyField(Group, related_name="allowed_instances", blank=True)
    denied_groups = models.ManyToManyField(Group, related_name="denied_instances", blank=True)
    # Instances of the configuration come and go with it; others are people's.
    is_configured = models.BooleanField(default=False)

    class Meta:
        db_table = "fakts_service_instance"
        constraints = [
            models.UniqueConstraint(fields=["hub", "identifier"], name="instance_once"),
        ]

    def __str__(self) -> str:
        return self.identifier


class InstanceAlias(models.Model):
    """One address of an instance."""

    instance = models.ForeignKey(ServiceInstance, on_delete=models.CASCADE, related_name="aliases")
    kind = models.CharField(max_length=20, default="relative")
    host = models.CharField(max_length=255, blank=True)
    port = models.PositiveIntegerField(null=True, blank=True)
    ssl = models.BooleanField(default=False)
    path = models.CharField(max_length=500, blank=True)
    challenge = models.CharField(max_length=500, blank=True)
    reach = models.CharField(max_length=20, blank=True)
    is_public = models.BooleanField(default=False)

    class Meta:
        db_table = "fakts_instance_alias"
        constraints = [
            models.UniqueConstraint(
                fields=["instance", "kind", "host", "port", "path"],
                name="alias_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.host}/{self.path}"


class HubHealthReport(models.Model):
    """What a hub last said about its instances; old ones are swept."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="health_reports")
    healthy = models.BooleanField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "fakts_hub_health_report"
        indexes = [models.Index(fields=["hub", "-id"], name="health_of_hub")]

    def __str__(self) -> str:
        return f"{self.hub_id}:{self.healthy}"


class InstanceHealth(models.Model):
    """One instance in a report."""

    report = models.ForeignKey(HubHealthReport, on_delete=models.CASCADE, related_name="instances")
    instance = models.ForeignKey(ServiceInstance, on_delete=models.CASCADE, related_name="health")
    healthy = models.BooleanField()
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "fakts_instance_health"

    def __str__(self) -> str:
        return f"{self.instance_id}:{self.healthy}"
