"""Who writes: the rows of identity a principal stands for."""

from __future__ import annotations

from typing import Any

from chassis.identity import Principal
from chassis.permissions import authorize
from kabinet_server.domain.kinds import AuditKind
from kabinet_server.models import AuditEntry, Client, Organization, User
from kabinet_server.policy import store

#: Named here so that the rules are registered before anything is written.
RULES = store


def acting(principal: Principal, action: str, resource: object = None) -> Principal:
    """Check a right and mirror who uses it; returns the principal."""
    authorize(principal, action, resource)
    mirror(principal)
    return principal


def mirror(principal: Principal) -> None:
    """Write the rows of a principal; what the token says is newer than what they say."""
    _upsert(Organization(id=principal.organization, slug=principal.organization_slug), ["slug"])
    _upsert(User(id=principal.subject, username=principal.username), ["username"])
    client = Client(
        id=principal.client,
        app=principal.app or "",
        version=principal.release or "",
        device=principal.device or "",
    )
    _upsert(client, ["app", "version", "device"])


def _upsert(row: Organization | User | Client, fields: list[str]) -> None:
    known = type(row).objects.filter(pk=row.pk).values_list(*fields).first()
    if known == tuple(getattr(row, field) for field in fields):
        return
    rows: Any = type(row).objects
    rows.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=fields)


def audit(
    kind: AuditKind, *, organization: str, subject: str, actor: str | None = None, **detail: Any
) -> None:
    """Write down a decision; nothing secret goes into `detail`."""
    AuditEntry.objects.create(
        organization_id=organization, kind=kind.value, actor=actor, subject=subject, detail=detail
    )
