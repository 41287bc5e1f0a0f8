"""The tenant, its roles and its members."""

from __future__ import annotations

import secrets
import uuid

from django.db import models

from chassis import clock
from fakts_server.models.media import Media
from fakts_server.models.user import User


def new_salt() -> str:
    """Return a salt for device ids."""
    return secrets.token_hex(16)


class Organization(models.Model):
    """A tenant: nothing in one organization is visible from another."""

    slug = models.CharField(max_length=63, unique=True)
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    avatar = models.ForeignKey(Media, null=True, blank=True, on_delete=models.SET_NULL)
    brand_hue = models.FloatField(null=True, blank=True)
    brand_chroma = models.FloatField(null=True, blank=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL)
    device_salt = models.CharField(max_length=32, default=new_salt, editable=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "fakts_organization"

    def __str__(self) -> str:
        return self.slug


class Role(models.Model):
    """A name for rights in one organization; services decide what it allows."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="roles")
    identifier = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    is_builtin = models.BooleanField(default=False)
    # The kind of service that asked for it, empty for roles of the platform and of people.
    declared_by = models.CharField(max_length=255, blank=True)

    class Meta:
        db_table = "fakts_role"
        constraints = [
            models.UniqueConstraint(fields=["organization", "identifier"], name="role_once"),
        ]

    def __str__(self) -> str:
        return self.identifier


class Membership(models.Model):
    """A person in an organization: the subject of every client and token."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    roles = models.ManyToManyField(Role, related_name="memberships", blank=True)
    is_blocked = models.BooleanField(default=False)
    brand_hue = models.FloatField(null=True, blank=True)
    brand_chroma = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "fakts_membership"
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}@{self.organization_id}"


class Scope(models.Model):
    """Something apps may be granted in one organization, beside what the configuration lists."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="scopes")
    identifier = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    declared_by = models.CharField(max_length=255, blank=True)

    class Meta:
        db_table = "fakts_scope"
        constraints = [
            models.UniqueConstraint(fields=["organization", "identifier"], name="scope_once"),
        ]

    def __str__(self) -> str:
        return self.identifier


class Hub(models.Model):
    """A set of instances that belong together; an installation of one machine has one each."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="hubs")
    identifier = models.CharField(max_length=100, default="default")
    name = models.CharField(max_length=255, default="default")
    description = models.TextField(blank=True)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.CharField(max_length=100, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    last_healthy = models.BooleanField(null=True, blank=True)

    class Meta:
        db_table = "fakts_hub"
        constraints = [
            models.UniqueConstraint(fields=["organization", "identifier"], name="hub_once"),
        ]

    def __str__(self) -> str:
        return self.identifier
