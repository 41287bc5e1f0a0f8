"""Statistics of lists: how many, and how many in each span of time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
import strawberry_django
from django.db.models import QuerySet

from chassis.graphql import Info, principal_of
from mikro_server.graphql.annotation import AnnotationFilter
from mikro_server.graphql.array import ArrayDatasetFilter
from mikro_server.graphql.coordinate import CoordinateSystemFilter
from mikro_server.graphql.file import FileFilter
from mikro_server.graphql.folder import FolderFilter
from mikro_server.graphql.lens import LensFilter
from mikro_server.graphql.table import TableDatasetFilter
from mikro_server.operations.author import in_thread
from mikro_server.selectors import rows, statistics


@strawberry.enum(description="How long the spans of a series are.")
class Granularity(Enum):
    """From an hour to a year."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@strawberry.type(description="What was made in one span of time.")
class TimeBucket:
    """Spans in which nothing was made are left out."""

    ts: datetime = strawberry.field(description="When the span begins.")
    count: int = strawberry.field(description="How many.")
    distinct_count: int = strawberry.field(description="How many different values.")
    max: float | None = strawberry.field(description="The greatest value.")
    min: float | None = strawberry.field(description="The least value.")
    avg: float | None = strawberry.field(description="The mean value.")
    sum: float | None = strawberry.field(description="The sum of all values.")


def _aggregate(name: str, field: Any, graphql_type: Any, description: str) -> Any:
    async def read(self: Any, field: Any) -> Any:
        return (await in_thread(statistics.totals, self.rows))[name]

    read.__annotations__ = {"field": field, "return": graphql_type}
    return strawberry.field(read, name=name, description=description)


def _series(field: Any, timestamp: Any) -> Any:
    async def read(self: Any, field: Any, timestamp_field: Any, by: Any) -> Any:
        found = await in_thread(statistics.series, self.rows, timestamp_field.value, by.value)
        return [TimeBucket(**bucket) for bucket in found]

    read.__annotations__ = {
        "field": field,
        "timestamp_field": timestamp,
        "by": Granularity,
        "return": list[TimeBucket],
    }
    return strawberry.field(read, description="How many in each span of time.")


def _stats_type(noun: str) -> Any:
    """Make the type of the statistics of one noun, as the clients' schema has it."""
    fields: Any = Enum(f"{noun}Field", {"PK": "pk"})  # type: ignore[misc] # one for each noun
    times: Any = Enum(f"{noun}TimestampField", {"CREATED_AT": "created_at"})  # type: ignore[misc] # one for each noun
    field = strawberry.enum(fields, description="What can be counted.")
    timestamp = strawberry.enum(times, description="The times a series can run along.")

    async def count(self: Any) -> int:
        return int((await in_thread(statistics.totals, self.rows))["count"])

    def hold(self: Any, found: QuerySet[Any]) -> None:
        self.rows = found

    namespace = {
        "__doc__": f"Statistics of a list of the noun {noun}.",
        "__init__": hold,
        "count": strawberry.field(count, description="How many."),
        "distinct_count": _aggregate(
            "distinctCount", field, int, "How many different values there are."
        ),
        **{
            name: _aggregate(name, field, float | None, f"The {name} of the values.")
            for name in ("max", "min", "avg", "sum")
        },
        "series": _series(field, timestamp),
    }
    made = type(f"{noun}Stats", (), namespace)
    return strawberry.type(made, description="How many there are, and since when.")


def _root(noun: str, seen: Callable[[Any], QuerySet[Any]], narrow: Any, description: str) -> Any:
    made = _stats_type(noun)

    async def resolve(self: Any, info: Any, filters: Any = None) -> Any:
        found = seen(principal_of(info))
        if filters is not None:
            found = strawberry_django.filters.apply(filters, found, info)
        return made(found)

    resolve.__annotations__ = {"info": Info, "filters": narrow | None, "return": made}
    return strawberry.field(resolve, description=description)


@strawberry.type
class Query:
    """Root fields of statistics."""

    folders_stats = _root("Folder", rows.folders_visible_to, FolderFilter, "Statistics of folders.")
    files_stats = _root("File", rows.files_visible_to, FileFilter, "Statistics of files.")
    array_datasets_stats = _root(
        "ArrayDataset", rows.arrays_visible_to, ArrayDatasetFilter, "Statistics of arrays."
    )
    table_datasets_stats = _root(
        "TableDataset", rows.tables_visible_to, TableDatasetFilter, "Statistics of tables."
    )
    coordinate_systems_stats = _root(
        "CoordinateSystem",
        rows.systems_visible_to,
        CoordinateSystemFilter,
        "Statistics of spaces.",
    )
    lenses_stats = _root("Lens", rows.lenses_visible_to, LensFilter, "Statistics of selections.")
    annotations_stats = _root(
        "Annotation", rows.annotations_visible_to, AnnotationFilter, "Statistics of shapes."
    )
