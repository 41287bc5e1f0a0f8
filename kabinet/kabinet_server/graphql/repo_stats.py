"""Numbers about git repositories: how many, and when they were added."""

from __future__ import annotations

from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import Any

import strawberry
import strawberry_django
from django.db.models import QuerySet

from chassis.graphql import Info, principal_of
from kabinet_server import models
from kabinet_server.graphql.repo import GithubRepoFilter
from kabinet_server.selectors import rows, stats


@strawberry.enum(description="What of a repository can be counted.")
class GithubRepoField(Enum):
    """Columns with an order."""

    CREATED_AT = "created_at"


@strawberry.enum(description="Times of a repository.")
class GithubRepoTimestampField(Enum):
    """Columns with a time."""

    CREATED_AT = "created_at"


@strawberry.enum(description="How long a bucket of a series is.")
class Granularity(StrEnum):
    """From hours to years, as the database names them."""

    HOUR = auto()
    DAY = auto()
    WEEK = auto()
    MONTH = auto()
    QUARTER = auto()
    YEAR = auto()


def _number(value: float | None) -> float | None:
    return value


@strawberry.type(description="The rows of one stretch of time; times as seconds since 1970.")
class TimeBucket:
    """Numbers of a stretch."""

    ts: datetime = strawberry.field(description="When it starts.")
    count: int = strawberry.field(description="How many rows.")
    distinct_count: int = strawberry.field(description="How many different values.")
    max: float | None = strawberry.field(description="The greatest value.")
    min: float | None = strawberry.field(description="The least value.")
    avg: float | None = strawberry.field(description="The mean.")
    sum: float | None = strawberry.field(description="The sum.")


@strawberry.type(description="Numbers about repositories; times as seconds since 1970.")
class GithubRepoStats:
    """Over the filtered rows."""

    rows: strawberry.Private[QuerySet[models.GithubRepo]]

    @strawberry_django.field(description="How many there are.")
    def count(self) -> int:
        """Count them."""
        return self.rows.count()

    @strawberry_django.field(description="How many different values there are.")
    def distinct_count(self, field: GithubRepoField) -> int:
        """Count them."""
        return int(stats.summary(self.rows, field.value)["distinct_count"])

    @strawberry_django.field(description="The greatest value.")
    def max(self, field: GithubRepoField) -> float | None:
        """Find it."""
        return _number(stats.summary(self.rows, field.value)["max"])

    @strawberry_django.field(description="The least value.")
    def min(self, field: GithubRepoField) -> float | None:
        """Find it."""
        return _number(stats.summary(self.rows, field.value)["min"])

    @strawberry_django.field(description="The mean.")
    def avg(self, field: GithubRepoField) -> float | None:
        """Compute it."""
        return _number(stats.summary(self.rows, field.value)["avg"])

    @strawberry_django.field(description="The sum.")
    def sum(self, field: GithubRepoField) -> float | None:
        """Compute it."""
        return _number(stats.summary(self.rows, field.value)["sum"])

    @strawberry_django.field(description="The numbers over time.")
    def series(
        self, field: GithubRepoField, timestamp_field: GithubRepoTimestampField, by: Granularity
    ) -> list[TimeBucket]:
        """Group the rows by stretches of time."""
        buckets = stats.series(self.rows, field.value, timestamp_field.value, by.value)
        return [TimeBucket(**bucket) for bucket in buckets]


@strawberry.type
class Query:
    """Root fields of numbers."""

    @strawberry_django.field(description="Numbers about the git repositories that are followed.")
    def github_repo_stats(
        self, info: Info, filters: GithubRepoFilter | None = None
    ) -> GithubRepoStats:
        """Narrow the rows; the numbers are asked for one by one."""
        found: Any = rows.github_repos_visible_to(principal_of(info)).order_by()
        return GithubRepoStats(rows=strawberry_django.filters.apply(filters, found, info))
