"""Numbers over a column of times, as seconds since 1970."""

from __future__ import annotations

from typing import Any

from django.db.models import Avg, Count, FloatField, Func, Max, Min, QuerySet, Sum
from django.db.models.functions import Trunc


class _Seconds(Func):
    """A time as seconds since 1970."""

    template = "EXTRACT(EPOCH FROM %(expressions)s)::double precision"
    output_field = FloatField()


def _numbers(column: str) -> dict[str, Any]:
    return {
        "distinct_count": Count(column, distinct=True),
        "max": Max(_Seconds(column)),
        "min": Min(_Seconds(column)),
        "avg": Avg(_Seconds(column)),
        "sum": Sum(_Seconds(column)),
    }


def summary(rows: QuerySet[Any], column: str) -> dict[str, Any]:
    """Return the numbers over all rows; of no rows they are null."""
    return rows.aggregate(**_numbers(column))


def series(rows: QuerySet[Any], column: str, moment: str, granularity: str) -> list[dict[str, Any]]:
    """Return the numbers for each stretch of time that has rows, in order."""
    buckets = rows.annotate(ts=Trunc(moment, granularity)).values("ts")
    return list(buckets.annotate(count=Count("pk"), **_numbers(column)).order_by("ts"))
