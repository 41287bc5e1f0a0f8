"""Secrets of devices and sessions; only their hashes are kept."""

from __future__ import annotations

import uuid

from django.db import models

from chassis import clock
from fakts_server.models.client import Client
from fakts_server.models.organization import Membership
from fakts_server.models.user import User


class DeviceCode(models.Model):
    """A device that waits for a person; the polling secret and the user code are separate."""

    secret_hash = models.CharField(max_length=64, unique=True)
    user_code = models.CharField(max_length=20, unique=True)
    client_id_offered = models.CharField(max_length=100)
    manifest = models.JSONField()
    # Raw, because which organization's salt hashes it is known at the approval; then it is emptied.
    device_id = models.CharField(max_length=500, blank=True)
    requested_kind = models.CharField(max_length=20)
    requested_role = models.CharField(max_length=20)
    # Where the strategy asks an admin: the member who asks for the app, and in which organization.
    wished_by = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.CASCADE, related_name="wished_codes"
    )
    # How they asked for it: declined requirements, the device's name, hub and instances.
    wish = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default="pending")
    interval_seconds = models.PositiveIntegerField()
    address = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(db_index=True)
    last_polled_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL)
    redeemed_at = models.DateTimeField(null=True, blank=True)
    client = models.ForeignKey(
        Client, null=True, blank=True, on_delete=models.CASCADE, related_name="device_codes"
    )

    class Meta:
        db_table = "fakts_device_code"

    def __str__(self) -> str:
        return self.user_code


class RefreshToken(models.Model):
    """One link of a session's chain."""

    token_hash = models.CharField(max_length=64, unique=True)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="refresh_tokens")
    chain = models.UUIDField(default=uuid.uuid4, db_index=True)
    chain_started_at = models.DateTimeField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "fakts_refresh_token"

    def __str__(self) -> str:
        return str(self.chain)


class AuthorizationCode(models.Model):
    """What a browser carries back to a web app; it is exchanged once, within a minute."""

    code_hash = models.CharField(max_length=64, unique=True)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="authorization_codes")
    redirect_uri = models.TextField()
    challenge = models.CharField(max_length=43)
    nonce = models.TextField(blank=True)
    scopes = models.JSONField()
    # Of the browser session, for the ID token: when the person logged in, and which session it is.
    logged_in_at = models.DateTimeField()
    browser_session = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)
    redeemed_at = models.DateTimeField(null=True, blank=True)
    # The chain of refresh tokens it was exchanged for: a second exchange ends it.
    chain = models.UUIDField(default=uuid.uuid4)

    class Meta:
        db_table = "fakts_authorization_code"

    def __str__(self) -> str:
        return str(self.pk)


class Revocation(models.Model):
    """A client that was removed or blocked; written by triggers, so that no way round is left.

    `generation` counts how often. Tokens carry the count as it was when they were made.
    """

    client_id = models.CharField(max_length=100, primary_key=True)
    revoked_at = models.DateTimeField(db_index=True)
    generation = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        db_table = "fakts_revocation"

    def __str__(self) -> str:
        return self.client_id


class SetupLink(models.Model):
    """A one-time link by which a person chooses a password."""

    token_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="setup_links")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "fakts_setup_link"

    def __str__(self) -> str:
        return str(self.pk)


class SigningKey(models.Model):
    """The public half of a key that signs tokens; the private half is a file of mode 0600."""

    kid = models.CharField(max_length=64, unique=True)
    public_jwk = models.JSONField()
    created_at = models.DateTimeField(default=clock.now)
    # Announced before it signs, so that services know it when the first token arrives.
    active_from = models.DateTimeField()

    class Meta:
        db_table = "fakts_signing_key"

    def __str__(self) -> str:
        return self.kid


class FailureCount(models.Model):
    """Wrong passwords and codes; in the database because a restart must not reset it."""

    subject = models.CharField(max_length=100, unique=True)
    count = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField()

    class Meta:
        db_table = "fakts_failure_count"

    def __str__(self) -> str:
        return self.subject
