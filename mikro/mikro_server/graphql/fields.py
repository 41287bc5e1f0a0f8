"""What all nouns share: one visible object, who writes, filters everything has, plain inputs."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
import strawberry_django
from django.contrib.postgres.search import SearchQuery
from django.db.models import Q
from strawberry.types.unset import UNSET
from strawberry.utils.str_converters import to_camel_case
from strawberry_django.fields.filter_types import StrFilterLookup

from chassis.definitions.descriptors import Constraint
from chassis.graphql import Info, principal_of
from mikro_server import models
from mikro_server.adapters.provenance import claimed_task
from mikro_server.domain.kinds import DescriptorOperator
from mikro_server.domain.text import search_query
from mikro_server.operations.author import Author
from mikro_server.selectors.facts import satisfying
from mikro_server.selectors.scope import pks_of


async def author_of(info: Info) -> Author:
    """Return who writes, and in which task."""
    return Author(principal_of(info), await claimed_task(info.context.headers))


def plain(value: Any) -> Any:
    """Return an input as JSON with the names of the wire; what was left out stays out."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        return [plain(one) for one in value]
    if hasattr(value, "__strawberry_definition__"):
        named = ((to_camel_case(one.name), getattr(value, one.name)) for one in fields(value))
        return {name: plain(one) for name, one in named if one is not None and one is not UNSET}
    return value


def given(value: Any, *names: str) -> dict[str, Any]:
    """Return the named fields of an input that the caller sent, by their Python names."""
    found = ((name, getattr(value, name)) for name in names)
    return {name: plain(one) for name, one in found if one is not UNSET}


@strawberry.input(description="One fact that must hold of an object.")
class DescriptorConstraintInput:
    """As a port states it."""

    key: str = strawberry.field(description="The descriptor, `@mikro/...`.")
    operator: DescriptorOperator = strawberry.field(description="How it is compared.")
    value: strawberry.scalars.JSON | None = strawberry.field(
        default=None, description="What it is compared with."
    )


def required(constraints: list[DescriptorConstraintInput], prefix: str) -> Q:
    """Return the condition that all constraints hold."""
    wanted = (Constraint(one.key, one.operator.value, one.value) for one in constraints)
    return satisfying(wanted, prefix)


@strawberry_django.filter_type(models.Store, description="Filters everything has.")
class MadeFilter:
    """By id, by time and by author."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": pks_of(value)})

    @strawberry_django.filter_field(description="By id.")
    def id(self, value: strawberry.ID, prefix: str) -> Q:
        """Keep the named row."""
        return Q(**{f"{prefix}pk__in": pks_of([value])})

    @strawberry_django.filter_field(description="Made before that moment.")
    def created_before(self, value: datetime, prefix: str) -> Q:
        """Compare the time of making."""
        return Q(**{f"{prefix}created_at__lt": value})

    @strawberry_django.filter_field(description="Made after that moment.")
    def created_after(self, value: datetime, prefix: str) -> Q:
        """Compare the time of making."""
        return Q(**{f"{prefix}created_at__gt": value})

    @strawberry_django.filter_field(description="By the subject of who made it.")
    def owner(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the maker."""
        return Q(**{f"{prefix}creator_id": str(value)})

    @strawberry_django.filter_field(description="By the broker's id of the task it was made in.")
    def created_through_task(self, value: str, prefix: str) -> Q:
        """Compare the task."""
        return Q(**{f"{prefix}created_through__task_id": value})

    @strawberry_django.filter_field(description="By the id of the task's row.")
    def created_through(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the row of the task."""
        return Q(**{f"{prefix}created_through_id__in": pks_of([value])})

    @strawberry_django.filter_field(description="By the subject of who assigned the task.")
    def assigned_by(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the person at the root of the task."""
        return Q(**{f"{prefix}created_through__assigner_sub": str(value)})

    @strawberry_django.filter_field(description="By the id of who assigned the task.")
    def created_through_by(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the person at the root of the task."""
        return Q(**{f"{prefix}created_through__assigner_id": str(value)})


@strawberry_django.filter_type(models.File, description="Filters all that lies in folders has.")
class PlacedFilter(MadeFilter):
    """By name and by folder."""

    name: StrFilterLookup | None = strawberry_django.filter_field(description="By name.")

    @strawberry_django.filter_field(description="Words in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return words(value, prefix)

    @strawberry_django.filter_field(description="In a folder.")
    def folder(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the folder."""
        return Q(**{f"{prefix}folder__in": pks_of([value])})

    @strawberry_django.filter_field(description="In one of these folders.")
    def folders(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Compare the folder."""
        return Q(**{f"{prefix}folder__in": pks_of(value)})


@strawberry_django.filter_type(models.File, description="Filters all that has descriptors has.")
class DescribedFilter(PlacedFilter):
    """By facts, as ports state them."""

    @strawberry_django.filter_field(description="By descriptors.")
    def requires(self, value: list[DescriptorConstraintInput], prefix: str) -> Q:
        """Every constraint must hold."""
        return required(value, prefix)


def words(value: str, prefix: str) -> Q:
    """Return the condition that name or description hold words that begin like these."""
    query = search_query(value)
    if query is None:
        return Q()
    return Q(**{f"{prefix}words": SearchQuery(query, search_type="raw", config="simple")})


def holding(column: str, value: str, prefix: str) -> Q:
    """Return the condition that a text holds another, in any case."""
    return Q(**{f"{prefix}{column}__icontains": value.strip()})
