"""Agents (programs that run tasks) and the journal sessions of their processes."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from rekuest_server.models.identity import Client, Organization, User


class Agent(models.Model):
    """A program that offers implementations; one row per client, user and organization.

    `connected` and `last_seen_at` are hints for people: whether an agent is live is derived from
    the lease (`lease_epoch`, `lease_expires_at`), so a crash of the server needs no repair.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="agents")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="agents")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="agents")
    name = models.CharField(max_length=400, default="")
    given_name = models.CharField(
        max_length=400, null=True, help_text="The name people gave it; wins over `name`."
    )
    description = models.TextField(null=True)
    supervisor = models.CharField(max_length=400, null=True)
    hash = models.CharField(max_length=200, default="")
    features = ArrayField(models.CharField(max_length=100), default=list)
    diagnostics = models.JSONField(default=list)
    kind = models.CharField(max_length=20, default="WEBSOCKET")
    blocked = models.BooleanField(default=False)
    blocked_reason = models.TextField(null=True)
    pinned = models.BooleanField(default=False)
    draining = models.BooleanField(default=False)
    connected = models.BooleanField(default=False)
    last_seen_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(
        null=True, help_text="When the last connection ended; the grace period counts from here."
    )
    session_id = models.CharField(max_length=100, null=True)
    connection_id = models.CharField(max_length=100, null=True)
    process_id = models.CharField(
        max_length=100, null=True, help_text="The server process that holds the connection."
    )
    retired_at = models.DateTimeField(
        null=True, help_text="When it was deleted; it is back at its next registration."
    )
    lease_epoch = models.BigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "user", "organization"], name="agent_identity"
            )
        ]

    def __str__(self) -> str:
        return self.name or f"agent {self.pk}"


class JournalSession(models.Model):
    """One process of an agent; `last_pos` is the last journal position that is projected."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="sessions")
    session_id = models.CharField(max_length=100)
    last_pos = models.BigIntegerField(default=0)
    gap_pos = models.BigIntegerField(
        default=0, help_text="Position of a gap for which a resend was already forced."
    )
    states_rev = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "session_id"], name="journal_session_identity")
        ]

    def __str__(self) -> str:
        return self.session_id
