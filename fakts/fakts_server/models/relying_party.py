"""Web apps that log people in with their account here."""

from __future__ import annotations

from django.db import models

from chassis import clock
from fakts_server.models.organization import Organization


class RelyingParty(models.Model):
    """A web app, known by its OAuth client id; without an organization it is for all of them."""

    client_id = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=255)
    organization = models.ForeignKey(
        Organization,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="relying_parties",
    )
    # Empty for an app that runs in the browser and could not keep a secret.
    secret_hash = models.CharField(max_length=64, blank=True)
    redirect_uris = models.JSONField(default=list)
    post_logout_redirect_uris = models.JSONField(default=list)
    # What it may ask for; null means all that people can agree to.
    scopes = models.JSONField(null=True, blank=True, default=None)
    # Which services its tokens open; null means all that the organization has.
    services = models.JSONField(null=True, blank=True, default=list)
    # Part of the platform: nobody is asked whether it may log them in.
    is_builtin = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "fakts_relying_party"

    def __str__(self) -> str:
        return self.client_id
