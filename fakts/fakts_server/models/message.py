"""What people are told, and how they are reached."""

from __future__ import annotations

from django.db import models

from chassis import clock
from fakts_server.models.organization import Organization
from fakts_server.models.user import User


class SystemMessage(models.Model):
    """A note to one person in one organization; shown until it is acknowledged."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="messages"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="messages")
    title = models.CharField(max_length=255, blank=True)
    message = models.TextField()
    action = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "fakts_system_message"
        indexes = [models.Index(fields=["user", "organization"], name="message_of_user")]

    def __str__(self) -> str:
        return self.title


class ComChannel(models.Model):
    """An address of a person's device for notes; its token is a secret of that device."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="com_channels")
    token_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "fakts_com_channel"
        constraints = [
            models.UniqueConstraint(fields=["user", "token_hash"], name="com_channel_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
