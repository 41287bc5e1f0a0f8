"""The ledger of stored bytes, the limits an admin sets, and what is refused because of them.

The limits of the installation stand above those: whatever is less holds.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, Q, Sum

from chassis.config import current
from mikro_server.config import MikroConfig
from mikro_server.domain.errors import QuotaExceeded
from mikro_server.models import Quota, Usage
from mikro_server.operations.author import Author, stamp
from mikro_server.selectors.quota import Holding, holding_of, least


def quota_room(*, organization: str, user: str, wanted: int = 0) -> int:
    """Return how many bytes may still be written; raise `QuotaExceeded` if `wanted` do not fit."""
    config = current(MikroConfig)
    room = config.uploads.max_bytes
    rows = Usage.objects.filter(organization_id=organization)
    both = Quota.objects.filter(Q(user=None) | Q(user=user), organization_id=organization)
    own: dict[str | None, int] = dict(both.values_list("user_id", "limit_bytes"))
    house = least(config.quota.organization_bytes, own.get(None))
    person = least(config.quota.user_bytes, own.get(user))
    limits = (
        ("the organization", house, rows),
        ("your account", person, rows.filter(user_id=user)),
    )
    for whose, limit, usage in limits:
        if limit is None:
            continue
        used = usage.aggregate(total=Sum("stored_bytes"))["total"] or 0
        left = max(limit - used, 0)
        if wanted > left or left == 0:
            raise QuotaExceeded(whose, used=used, limit=limit, wanted=wanted)
        room = min(room, left)
    return room


@transaction.atomic
def quota_set(*, author: Author, user: str | None, limit_bytes: int | None) -> Holding:
    """Set or lift the limit of the organization, or of a person who keeps something in it."""
    stamp(author, "storage.manage")
    organization = author.organization
    holding_of(author.principal, user)  # nobody else is to be found
    if limit_bytes is None:
        Quota.objects.filter(organization_id=organization, user_id=user).delete()
    else:
        Quota.objects.update_or_create(
            organization_id=organization,
            user_id=user,
            defaults={"limit_bytes": limit_bytes, "changed_by_id": author.principal.subject},
        )
    return holding_of(author.principal, user)


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
