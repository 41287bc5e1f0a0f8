"""The ledger of stored bytes, and what is refused because of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, QuerySet, Sum

from chassis.config import current
from chassis.identity.principal import Principal
from chassis.permissions import authorize
from mikro_server.config import MikroConfig
from mikro_server.domain.errors import QuotaExceeded
from mikro_server.models import Usage


@dataclass(frozen=True)
class Quota:
    """A limit on stored bytes, and how much of it is used; None means no limit."""

    holder: str
    used_bytes: int
    limit_bytes: int | None


def _used(usage: QuerySet[Usage]) -> int:
    return int(usage.aggregate(total=Sum("stored_bytes"))["total"] or 0)


def quotas_of(principal: Principal) -> list[Quota]:
    """Return the limits that hold for somebody: of the organization, and their own."""
    authorize(principal, "imaging.read")
    config = current(MikroConfig).quota
    rows = Usage.objects.filter(organization_id=principal.organization)
    own = rows.filter(user_id=principal.subject)
    return [
        Quota("organization", _used(rows), config.organization_bytes),
        Quota("user", _used(own), config.user_bytes),
    ]


def quota_room(*, organization: str, user: str, wanted: int = 0) -> int:
    """Return how many bytes may still be written; raise `QuotaExceeded` if `wanted` do not fit."""
    config = current(MikroConfig)
    room = config.uploads.max_bytes
    rows = Usage.objects.filter(organization_id=organization)
    limits = (
        ("the organization", config.quota.organization_bytes, rows),
        ("your account", config.quota.user_bytes, rows.filter(user_id=user)),
    )
    for whose, limit, usage in limits:
        if limit is None:
            continue
        used = _used(usage)
        left = max(limit - used, 0)
        if wanted > left or left == 0:
            raise QuotaExceeded(whose, used=used, limit=limit, wanted=wanted)
        room = min(room, left)
    return room


def usage_change(*, organization: str, user: str | None, stored: int, stores: int) -> None:
    """Write a change of what somebody keeps into the ledger."""
    if user is None:
        return
    Usage.objects.bulk_create(
        [Usage(organization_id=organization, user_id=user)], ignore_conflicts=True
    )
    Usage.objects.filter(organization_id=organization, user_id=user).update(
        stored_bytes=F("stored_bytes") + stored, stores=F("stores") + stores
    )
