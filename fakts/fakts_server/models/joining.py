"""Ways into an organization: invites of its admins, requests of strangers."""

from __future__ import annotations

import uuid

from django.db import models

from chassis import clock
from fakts_server.models.organization import Membership, Organization, Role
from fakts_server.models.user import User


class Invite(models.Model):
    """A link that makes its holder a member; the secret in it is derived, never stored."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="invites")
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="created_invites"
    )
    email = models.EmailField(blank=True)
    roles = models.ManyToManyField(Role, related_name="invites", blank=True)
    status = models.CharField(max_length=10, default="pending")
    max_uses = models.PositiveIntegerField(null=True, blank=True, default=1)
    uses = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    responded_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="accepted_invites"
    )
    declined_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="declined_invites"
    )
    created_memberships = models.ManyToManyField(
        Membership, related_name="made_by_invites", blank=True
    )

    class Meta:
        db_table = "fakts_invite"

    def __str__(self) -> str:
        return str(self.uid)


class MembershipRequest(models.Model):
    """Somebody with an account asks to become a member, or a member asks for more roles."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="membership_requests"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="membership_requests")
    reason = models.TextField(blank=True)
    # Empty for who wants to join; else the roles a member asks for.
    wanted_roles = models.ManyToManyField(Role, related_name="requests", blank=True)
    status = models.CharField(max_length=10, default="pending")
    created_at = models.DateTimeField(default=clock.now)
    resolved_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="resolved_requests"
    )
    responded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "fakts_membership_request"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user"],
                name="request_once",
                condition=models.Q(status="pending"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}->{self.organization_id}"
