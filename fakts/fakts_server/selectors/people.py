"""Members, roles, invites and requests of an organization; notes to a person."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from chassis.identity.principal import Principal
from chassis.permissions import authorize, has_role
from fakts_server.models.client import Client
from fakts_server.models.joining import Invite, MembershipRequest
from fakts_server.models.message import SystemMessage
from fakts_server.models.organization import Hub, Membership, Organization, Role
from fakts_server.selectors.scope import membership_of, row_id, tenant_of, visible


def organizations_of_self(principal: Principal) -> QuerySet[Organization]:
    """Return the organizations a person may act in, whichever the token is for."""
    authorize(principal, "profile.own")
    return Organization.objects.filter(
        memberships__user=membership_of(principal).user_id, memberships__is_blocked=False
    ).order_by("name", "pk")


@dataclass(frozen=True)
class Here:
    """Who asks, where, and by what."""

    membership: Membership
    roles: list[str]
    hub: Hub | None


def context_of(principal: Principal) -> Here:
    """Return the context of a token as it is now."""
    authorize(principal, "profile.own")
    membership = membership_of(principal)
    client = Client.objects.filter(client_id=principal.client, membership=membership)
    found = client.select_related("hub").first()
    roles = sorted(membership.roles.values_list("identifier", flat=True))
    return Here(membership, roles, found.hub if found is not None else None)


def is_admin(membership: Membership) -> bool:
    """Tell whether a member is an admin now."""
    return membership.roles.filter(identifier="admin").exists()


def members_visible_to(principal: Principal) -> QuerySet[Membership]:
    """Return the memberships of the organization."""
    return visible(principal, "person.read", Membership.objects.order_by("user__username"))


def roles_visible_to(principal: Principal) -> QuerySet[Role]:
    """Return the roles of the organization."""
    return visible(principal, "person.read", Role.objects.order_by("identifier"))


def invites_visible_to(principal: Principal) -> QuerySet[Invite]:
    """Return the invites of the organization; whoever sees one can use it, so admins only."""
    return visible(principal, "person.manage", Invite.objects.order_by("-pk"))


def requests_visible_to(principal: Principal) -> QuerySet[MembershipRequest]:
    """Return what people ask of the organization."""
    return visible(principal, "person.manage", MembershipRequest.objects.order_by("-pk"))


def requests_below(principal: Principal) -> QuerySet[MembershipRequest]:
    """Return the same below an organization, where members who are no admins see none."""
    if not has_role(principal, "admin"):
        return MembershipRequest.objects.none()
    return requests_visible_to(principal)


def messages_of_self(principal: Principal) -> QuerySet[SystemMessage]:
    """Return the notes to the person who asks."""
    authorize(principal, "profile.own")
    return SystemMessage.objects.filter(
        user=row_id(principal.subject), organization=tenant_of(principal)
    ).order_by("-pk")
