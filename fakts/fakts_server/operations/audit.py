"""The audit trail: what is worth a line, and who stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from chassis.identity.principal import Principal
from fakts_server.adapters.caller import address
from fakts_server.models.audit import AuditEntry
from fakts_server.models.client import Client
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Membership, Organization


@dataclass(frozen=True)
class By:
    """Who acts, in which organization and by which client."""

    organization: int | None
    user: int | None
    client: str = ""


#: The operator of the installation, at its command line.
OPERATOR = By(None, None, "operator")


def operator_in(organization: Organization) -> By:
    """Return the operator who acts for an organization, which finds it in its own trail."""
    return By(organization.pk, None, OPERATOR.client)


def by(principal: Principal) -> By:
    """Return the actor behind a token."""
    return By(int(principal.organization), int(principal.subject), principal.client)


def by_member(membership: Membership) -> By:
    """Return a member who acts on the pages."""
    return By(membership.organization_id, membership.user_id)


def app_facts(client: Client) -> dict[str, Any]:
    """Return what was let in and for whom, as an entry keeps it when the client is long gone."""
    release, device, member = client.release, client.device, client.membership
    return {
        "app": release.app.identifier if release else client.name,
        "version": release.version if release else "",
        "scopes": client.granted_scopes,
        # Not its name: people call machines after themselves.
        "device": device.pk if device else None,
        "user": member.user_id if member else None,
    }


def key_facts(mandate: Mandate) -> dict[str, Any]:
    """Return what a mandate admits and for whom; null means any."""
    return {
        "app": mandate.pin_identifier,
        "version": mandate.pin_version,
        "scopes": mandate.pin_scopes,
        "user": mandate.grantor.user_id,
        "expires_at": mandate.expires_at.isoformat() if mandate.expires_at else None,
    }


def audit_add(action: str, who: By, subject: Model | None = None, **details: Any) -> None:
    """Add a line; call it inside the transaction of what it tells about.

    `details` hold plain values and never a secret or the name of a person.
    """
    AuditEntry.objects.create(
        organization_id=who.organization,
        action=action,
        actor_id=who.user,
        client_id=who.client,
        address=address(),
        subject_kind=subject._meta.model_name or "" if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        details=details,
    )
