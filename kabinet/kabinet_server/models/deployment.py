"""What was meant to run where, the containers of it, and what they wrote."""

from __future__ import annotations

from django.db import models

from kabinet_server.domain.kinds import PodStatus
from kabinet_server.models.app import App, Flavour, Release
from kabinet_server.models.approval import ReleaseApproval
from kabinet_server.models.backend import Backend, Resource
from kabinet_server.models.base import Described, Owned


class Deployment(Described):
    """A flavour on a backend. `previous` is what it took the place of: the way back."""

    flavour = models.ForeignKey(Flavour, on_delete=models.PROTECT, related_name="deployments")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="deployments")
    backend = models.ForeignKey(Backend, on_delete=models.CASCADE, related_name="deployments")
    approval = models.ForeignKey(
        ReleaseApproval, null=True, on_delete=models.PROTECT, related_name="deployments"
    )
    local_id = models.CharField(max_length=1000)
    status = models.CharField(max_length=20, default=PodStatus.PENDING.value)
    last_pulled = models.DateTimeField(null=True)
    params = models.JSONField(default=dict)
    #: Sealed; see `adapters/sealing.py`.
    secret_params = models.BinaryField(null=True)
    previous = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="replaced_by"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["flavour", "backend", "local_id"], name="deployment_once"
            )
        ]

    def __str__(self) -> str:
        return self.local_id


class Pod(Described):
    """A container. While its backend is silent it is UNKOWN; `reported` is what it last said."""

    backend = models.ForeignKey(Backend, on_delete=models.CASCADE, related_name="pods")
    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="pods")
    resource = models.ForeignKey(
        Resource, null=True, on_delete=models.SET_NULL, related_name="pods"
    )
    pod_id = models.CharField(max_length=1000)
    client_id = models.CharField(max_length=400, null=True)
    status = models.CharField(max_length=20, default=PodStatus.PENDING.value)
    reported = models.CharField(max_length=20, default=PodStatus.PENDING.value)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["backend", "pod_id"], name="pod_once")]
        indexes = [models.Index(fields=["organization", "client_id"], name="pod_of_client")]

    def __str__(self) -> str:
        return self.pod_id


class LogDump(models.Model):
    """A piece of a container's output, bounded and masked. It outlives the container."""

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="log_dumps")
    pod = models.ForeignKey(Pod, null=True, on_delete=models.SET_NULL, related_name="log_dumps")
    #: What the backend called the container.
    container = models.CharField(max_length=1000, default="")
    logs = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"log of {self.container}"


class Lease(Owned):
    """A share of a resource that a pod holds while it lives.

    An accelerator by its id (`device`), or an amount of processors (cores) or memory (MB).
    """

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="leases")
    pod = models.ForeignKey(Pod, on_delete=models.CASCADE, related_name="leases")
    kind = models.CharField(max_length=20)
    device = models.CharField(max_length=200, default="")
    mode = models.CharField(max_length=20, null=True)
    amount = models.FloatField(default=0)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # The last line of defence; the row lock of the resource is the first.
            models.UniqueConstraint(
                fields=["resource", "kind", "device"],
                condition=models.Q(released_at=None, mode__in=["EXCLUSIVE", "SLICE"]),
                name="device_held_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["resource"], condition=models.Q(released_at=None), name="lease_live"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.device or self.amount}"


class AppSetting(Owned):
    """Parameters and secrets of an app in an organization, for every deployment of it."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="settings")
    params = models.JSONField(default=dict)
    #: Sealed; see `adapters/sealing.py`.
    secrets = models.BinaryField(null=True)
    secret_keys = models.JSONField(default=list)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "app"], name="setting_of_app")
        ]

    def __str__(self) -> str:
        return f"settings of {self.app_id}"
