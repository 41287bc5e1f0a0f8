"""Sets of people and of machines inside one organization."""

from __future__ import annotations

from django.db import models

from fakts_server.models.app import Device
from fakts_server.models.media import Media
from fakts_server.models.organization import Organization
from fakts_server.models.user import User


class Group(models.Model):
    """A set of members, which instances can be opened to or closed from."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(max_length=100)
    display_name = models.CharField(max_length=255, blank=True)
    bio = models.TextField(blank=True)
    avatar = models.ForeignKey(Media, null=True, blank=True, on_delete=models.SET_NULL)
    users = models.ManyToManyField(User, related_name="member_groups", blank=True)

    class Meta:
        db_table = "fakts_group"
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="group_once"),
        ]

    def __str__(self) -> str:
        return self.name


class DeviceGroup(models.Model):
    """A set of machines, e.g. those of one room."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="device_groups"
    )
    name = models.CharField(max_length=100)
    devices = models.ManyToManyField(Device, related_name="device_groups", blank=True)

    class Meta:
        db_table = "fakts_device_group"
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="device_group_once"),
        ]

    def __str__(self) -> str:
        return self.name
