"""Counts over rows that are scoped already: in all, and in each span of time."""

from __future__ import annotations

from typing import Any

from django.db.models import Avg, Count, F, Max, Min, Model, QuerySet, Sum
from django.db.models.functions import Trunc

from mikro_server.selectors.scope import RULES

#: Rules of reading are registered with those of the rows.
REGISTERED = RULES


def _measures(found: QuerySet[Any]) -> dict[str, Any]:
    measures: dict[str, Any] = {
        "count": Count("pk"),
        "distinct_count": Count("pk", distinct=True),
    }
    if _is_number(found.model):
        measures |= {"max": Max("pk"), "min": Min("pk"), "avg": Avg("pk"), "sum": Sum("pk")}
    return measures


def _is_number(model: type[Model]) -> bool:
    return model._meta.pk.get_internal_type() == "BigAutoField"


def _floats(found: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if found.get(name) is None else float(found[name])
        for name in ("max", "min", "avg", "sum")
    }


def totals(found: QuerySet[Any]) -> dict[str, Any]:
    """Return the counts of all rows; ids that are no numbers have no sum."""
    sums = found.order_by().aggregate(**_measures(found))
    return {"count": sums["count"], "distinctCount": sums["distinct_count"], **_floats(sums)}


def series(found: QuerySet[Any], column: str, span: str) -> list[dict[str, Any]]:
    """Return the counts of each span of time in which something was made, oldest first."""
    spans = found.order_by().annotate(ts=Trunc(F(column), span)).values("ts")
    counted = spans.annotate(**_measures(found)).order_by("ts")
    return [
        {
            "ts": one["ts"],
            "count": one["count"],
            "distinct_count": one["distinct_count"],
            **_floats(one),
        }
        for one in counted
    ]
