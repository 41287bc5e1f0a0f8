"""Files in the object store: media that people upload, and assets that agents declare."""

from __future__ import annotations

from django.db import models

from rekuest_server.models.agent import Agent
from rekuest_server.models.identity import Organization, User


class MediaStore(models.Model):
    """A place in a bucket: REQUESTED until its upload is confirmed, then POPULATED."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="media_stores"
    )
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="media_stores")
    bucket = models.CharField(max_length=100)
    key = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=20, default="REQUESTED")
    original_file_name = models.CharField(max_length=1000, null=True)
    content_type = models.CharField(max_length=200, null=True)
    size = models.BigIntegerField(null=True)
    max_bytes = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.path

    @property
    def path(self) -> str:
        """Bucket and key in one, as clients write it."""
        return f"s3://{self.bucket}/{self.key}"


class Asset(models.Model):
    """Bytes that agents of an organization share, known by their hash (`sha256:` and 64 digits)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="assets")
    ref = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, default="MODEL_3D")
    size = models.BigIntegerField(null=True)
    store = models.ForeignKey(
        MediaStore, null=True, on_delete=models.PROTECT, related_name="assets"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "ref"], name="asset_org_ref")
        ]

    def __str__(self) -> str:
        return self.ref


class AgentAsset(models.Model):
    """A file an agent declares under a name."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="assets")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="agents")
    name = models.CharField(max_length=400)
    source = models.CharField(max_length=2000, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "name"], name="agent_asset_name")]

    def __str__(self) -> str:
        return self.name
