"""The storage report: who keeps how much, of what kind, and how old it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Case, CharField, Count, QuerySet, Sum, Value, When

from chassis.clock import now
from chassis.identity import Principal
from chassis.permissions import authorize
from mikro_server.domain.store_state import StoreState
from mikro_server.models import Folder, Store
from mikro_server.selectors.scope import RULES, visible

#: Rules of the storage report are registered with those of reading.
REGISTERED = RULES

_HELD = (StoreState.POPULATED.value, StoreState.ATTACHED.value, StoreState.TRASHED.value)


def storage_report(principal: Principal | None) -> list[dict[str, Any]]:
    """Return counts and bytes by owner, kind, state and age; an admin sees everybody's."""
    authorize(principal, "storage.manage")
    moment = now()
    age = Case(
        When(created_at__gte=moment - timedelta(days=30), then=Value("30 days")),
        When(created_at__gte=moment - timedelta(days=365), then=Value("1 year")),
        default=Value("older"),
        output_field=CharField(),
    )
    held = _held(principal).annotate(age=age)
    totals = held.values("creator__preferred_username", "kind", "state", "age").annotate(
        stored_bytes=Sum("size_bytes"), stores=Count("pk")
    )
    lines: Iterable[Any] = totals.order_by("-stored_bytes", "kind", "state", "age")
    return list(lines)


def usage_of(principal: Principal | None, folder: Folder | None = None) -> dict[str, int]:
    """Return what the caller keeps, or what lies directly in a folder."""
    held = _held(principal)
    if folder is None:
        assert principal is not None
        held = held.filter(creator_id=principal.subject)
    else:
        pks: set[int] = set()
        for way in ("data_array__dataset", "table_dataset", "file"):
            pks.update(held.filter(**{f"{way}__folder": folder}).values_list("pk", flat=True))
        held = held.filter(pk__in=pks)
    found = held.aggregate(stored_bytes=Sum("size_bytes"), stores=Count("pk"))
    return {"stored_bytes": found["stored_bytes"] or 0, "stores": found["stores"]}


def _held(principal: Principal | None) -> QuerySet[Store]:
    return visible(principal, Store.objects.filter(state__in=_HELD))
