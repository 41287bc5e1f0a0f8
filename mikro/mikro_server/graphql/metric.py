"""Metrics: types, filter, order, inputs and root fields."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet
from strawberry_django.fields.filter_types import StrFilterLookup

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import as_declared, one_row, visible_rows
from mikro_server import models
from mikro_server.graphql.fields import DescriptorConstraintInput, author_of, required
from mikro_server.graphql.identity import User
from mikro_server.graphql.inputs import option
from mikro_server.operations import metric as operations
from mikro_server.operations.author import in_thread
from mikro_server.selectors import rows
from mikro_server.selectors.scope import pks_of


@strawberry.type(description="The object a metric is about.")
class MetricTarget:
    """By structure and id."""

    id: strawberry.ID = strawberry.field(description="Both in one.")
    identifier: str = strawberry.field(description="The structure, `@mikro/...`.")
    object: strawberry.ID = strawberry.field(description="The id of the object.")
    uuid: str = strawberry.field(description="The same for the same object, always.")


@strawberry.input(description="The object a metric is about.")
class MetricTargetFilter:
    """By structure and id."""

    identifier: str = strawberry.field(description="The structure, `@mikro/...`.")
    object: strawberry.ID = strawberry.field(description="The id of the object.")


@strawberry_django.filter_type(models.Metric, description="Narrows a list of metrics.")
class MetricFilter:
    """Every condition that is given must hold."""

    key: StrFilterLookup | None = strawberry_django.filter_field(description="By key.")

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named metrics."""
        return Q(**{f"{prefix}pk__in": pks_of(value)})

    @strawberry_django.filter_field(description="By id.")
    def id(self, value: strawberry.ID, prefix: str) -> Q:
        """Keep the named metric."""
        return Q(**{f"{prefix}pk__in": pks_of([value])})

    @strawberry_django.filter_field(description="By the structure they are about.")
    def target_identifier(self, value: str, prefix: str) -> Q:
        """Compare the structure."""
        return Q(**{f"{prefix}target_identifier": value})

    @strawberry_django.filter_field(description="By the object they are about.")
    def target(self, value: MetricTargetFilter, prefix: str) -> Q:
        """Compare structure and id."""
        return Q(
            **{
                f"{prefix}target_identifier": value.identifier,
                f"{prefix}target_object": str(value.object),
            }
        )

    @strawberry_django.filter_field(description="Whether they correct another.")
    def is_correction(self, value: bool, prefix: str) -> Q:
        """Look for what they supersede."""
        return Q(**{f"{prefix}supersedes__isnull": not value})

    @strawberry_django.filter_field(description="Words in the key.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return Q(**{f"{prefix}key__icontains": value})

    @strawberry_django.filter_field(description="By descriptors.")
    def requires(self, value: list[DescriptorConstraintInput], prefix: str) -> Q:
        """Every constraint must hold."""
        return required(value, prefix)


@strawberry_django.order_type(models.Metric, description="Orders a list of metrics.")
class MetricOrder:
    """By key or time."""

    created_at: strawberry.auto = strawberry_django.order_field(description="By time.")
    key: strawberry.auto = strawberry_django.order_field(description="By key.")
    id: strawberry.auto = strawberry_django.order_field(description="By id.")


@strawberry_django.type(models.Metric, description="One value about one object.")
class Metric:
    """A quantity or a code."""

    id: strawberry.ID = strawberry_django.field(description="The id of the metric.")
    key: str = strawberry_django.field(description="What was measured.")
    magnitude: float | None = strawberry_django.field(description="A quantity's number.")
    unit: str | None = strawberry_django.field(description="A quantity's unit.")
    code: str | None = strawberry_django.field(description="A code.")
    supersedes: Metric | None = strawberry_django.field(description="The metric it corrects.")
    producer_app: str | None = strawberry_django.field(description="The app that recorded it.")
    producer_version: str | None = strawberry_django.field(description="Its release.")
    created_at: datetime = strawberry_django.field(description="When it was recorded.")
    creator: User | None = strawberry_django.field(description="Who recorded it.")
    descriptors: strawberry.scalars.JSON = strawberry_django.field(description="Its descriptors.")

    @strawberry_django.field(only=["uuid"], description="What a reader of changes keys it on.")
    def uuid(self: models.Metric) -> str:
        """Return the UUID."""
        return str(self.uuid)

    @strawberry_django.field(
        only=["target_identifier", "target_object"], description="What it is about."
    )
    def target(self: models.Metric) -> MetricTarget:
        """Return the target."""
        name = f"{self.target_identifier}:{self.target_object}"
        return MetricTarget(
            id=strawberry.ID(name),
            identifier=self.target_identifier,
            object=strawberry.ID(self.target_object),
            uuid=str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        )


@strawberry.input(description="The object a metric is about.")
class MetricTargetInput:
    """By structure and id."""

    identifier: str = strawberry.field(description="The structure, `@mikro/...`.")
    object: strawberry.ID = strawberry.field(description="The id of the object.")


@strawberry.input(description="A value to record.")
class MetricInput:
    """A magnitude or a code."""

    target: MetricTargetInput = strawberry.field(description="What it is about.")
    key: str = strawberry.field(description="What was measured.")
    magnitude: float | None = option("A quantity's number.")
    unit: str | None = option("A quantity's unit.")
    code: str | None = option("A code.")
    supersedes: strawberry.ID | None = option("The metric it corrects.")

    def draft(self) -> operations.MetricDraft:
        """Return what the operation takes."""
        return operations.MetricDraft(
            identifier=self.target.identifier,
            target=self.target.object,
            key=self.key,
            magnitude=self.magnitude,
            unit=self.unit,
            code=self.code,
            supersedes=self.supersedes,
        )


@strawberry.input(description="Values to record.")
class CreateMetricsInput:
    """All or none."""

    metrics: list[MetricInput] = strawberry.field(description="The values.")


@strawberry.input(description="The metric to remove.")
class DeleteMetricInput:
    """One a correction stands on stays."""

    id: strawberry.ID = strawberry.field(description="The metric.")


@strawberry.type
class Query:
    """Root fields of metrics."""

    metrics: list[Metric] = visible_rows(
        rows.metrics_visible_to,
        filters=MetricFilter,
        ordering=MetricOrder,
        description="The metrics of the organization.",
    )

    @one_row(Metric, "One metric.")
    def metric(self, info: Info, id: strawberry.ID) -> QuerySet[models.Metric]:
        """Return the metric."""
        return rows.row_with(rows.metrics_visible_to(principal_of(info)), id)


async def _recorded(info: Info, metrics: list[MetricInput]) -> QuerySet[models.Metric]:
    author = await author_of(info)
    pks = await in_thread(
        operations.metrics_create, author=author, drafts=[one.draft() for one in metrics]
    )
    return rows.metrics_visible_to(author.principal).filter(pk__in=pks).order_by("pk")


@strawberry.type
class Mutation:
    """Mutations of metrics."""

    @one_row(Metric, "Record a value about an object.")
    async def create_metric(self, info: Info, input: MetricInput) -> Any:
        """Record it."""
        found: QuerySet[models.Metric] = await _recorded(info, [input])
        return found

    @strawberry_django.field(description="Record values, all or none.")
    async def create_metrics(self, info: Info, input: CreateMetricsInput) -> list[Metric]:
        """Record them."""
        return as_declared(await _recorded(info, input.metrics))

    @strawberry.field(description="Remove a metric.")
    async def delete_metric(self, info: Info, input: DeleteMetricInput) -> strawberry.ID:
        """Remove it."""
        author = await author_of(info)
        pk = await in_thread(operations.metric_delete, author=author, metric_id=input.id)
        return strawberry.ID(str(pk))
