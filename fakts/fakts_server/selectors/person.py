"""What a web app is told about a person, by the scopes the person agreed to."""

from __future__ import annotations

from collections.abc import Collection

from fakts_server.domain.session import Session
from fakts_server.models.organization import Membership, Organization
from fakts_server.models.user import User
from fakts_server.wire.openid import OrganizationAnswer, UserInfo


def person_claims(session: Session, scopes: Collection[str]) -> UserInfo:
    """Return the claims of a session's person; a claim without a value is left out."""
    claims: UserInfo = {"sub": str(session.user_id)}
    user = User.objects.get(pk=session.user_id)
    if "profile" in scopes:
        claims["preferred_username"] = user.username
        claims["name"] = user.full_name
        if user.first_name:
            claims["given_name"] = user.first_name
        if user.last_name:
            claims["family_name"] = user.last_name
        claims["org"] = str(session.organization_id)
        claims["org_slug"] = session.organization_slug
        claims["org_name"] = Organization.objects.get(pk=session.organization_id).name
        claims["roles"] = session.roles
    if "email" in scopes and user.email:
        claims["email"] = user.email
        # Nobody has proven yet that the address is theirs.
        claims["email_verified"] = False
    return claims


def organizations_of(user_id: int) -> list[OrganizationAnswer]:
    """Return the organizations a person may switch to."""
    rows = Membership.objects.filter(user=user_id, is_blocked=False).select_related("organization")
    return [
        {
            "id": str(row.organization_id),
            "slug": row.organization.slug,
            "name": row.organization.name,
        }
        for row in rows.order_by("organization__name", "pk")
    ]
