"""Web apps people may log in to, and what they agreed to there."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from chassis.identity.principal import Principal
from fakts_server.models.client import Client
from fakts_server.models.organization import Membership
from fakts_server.models.relying_party import RelyingParty
from fakts_server.models.user import User
from fakts_server.selectors.scope import visible


def relying_party_get(client_id: str) -> RelyingParty | None:
    """Return the web app with an OAuth client id."""
    return RelyingParty.objects.filter(client_id=client_id).first()


def web_apps_of(organization_id: int) -> QuerySet[RelyingParty]:
    """Return the web apps the admins of an organization registered."""
    rows = RelyingParty.objects.filter(organization=organization_id, is_builtin=False)
    return rows.order_by("name", "pk")


def web_apps_visible_to(principal: Principal) -> QuerySet[RelyingParty]:
    """Return the same to an admin of it."""
    rows = RelyingParty.objects.filter(is_builtin=False).order_by("name", "pk")
    return visible(principal, "app.manage", rows)


def memberships_for(party: RelyingParty, user: User) -> list[Membership]:
    """Return the memberships a person may use at a web app, by name of the organization."""
    rows = Membership.objects.filter(user=user, is_blocked=False, user__is_active=True)
    if party.organization_id is not None:
        rows = rows.filter(organization=party.organization_id)
    return list(rows.select_related("organization", "user").order_by("organization__name", "pk"))


def has_consented(party: RelyingParty, membership: Membership, scopes: Collection[str]) -> bool:
    """Tell whether a member has agreed already to all that a web app asks for."""
    if party.is_builtin:
        return True
    client = Client.objects.filter(relying_party=party, membership=membership).first()
    return client is not None and set(scopes) <= set(client.granted_scopes)


def is_origin_of_party(origin: str) -> bool:
    """Tell whether pages of an origin may read our answers: those people are sent back to."""
    if not origin or len(origin) > 300:
        return False
    rows = RelyingParty.objects.filter(
        Q(redirect_uris__contains=[origin]) | Q(redirect_uris__icontains=f'"{origin}/')
    )
    return rows.exists()
