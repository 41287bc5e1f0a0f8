"""What nouns of this schema share: filters by id and text, and empty vectors."""

from __future__ import annotations

from typing import Any

import strawberry
import strawberry_django
from django.db.models import Q

from chassis.definitions.graphql.demand import RequiresInput
from chassis.graphql.fields import BoundedDeclaredField, BoundedField
from chassis.graphql.inputs import plain
from kabinet_server.models import App
from kabinet_server.selectors.facts import satisfying
from kabinet_server.selectors.scope import numbers_of


@strawberry_django.filter_type(App, description="What every list can be narrowed by.")
class IdsFilter:
    """By ids."""

    @strawberry_django.filter_field(description="By ids; an empty list keeps nothing.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": numbers_of(value)})


@strawberry_django.filter_type(App, description="What lists with descriptors are narrowed by.")
class DescribedFilter(IdsFilter):
    """By ids and by descriptors."""

    @strawberry_django.filter_field(description="By descriptors; all conditions must hold.")
    def requires(self, value: list[RequiresInput], prefix: str) -> Q:
        """Compare the stored descriptors."""
        return satisfying([plain(one) for one in value], prefix)


def holds(text: str, *columns: str, prefix: str = "") -> Q:
    """Return the condition that a text stands in one of the columns, in any case."""
    found = Q(pk__in=[])
    for column in columns:
        found |= Q(**{f"{prefix}{column}__icontains": text.strip()})
    return found


def offered_list(description: str, **options: Any) -> Any:
    """Make a list of related flavours: those that are offered, in pages."""
    return strawberry_django.field(
        field_cls=BoundedDeclaredField, pagination=True, description=description, **options
    )


def related_list(description: str, **options: Any) -> Any:
    """Make a list of related rows, in pages."""
    return strawberry_django.field(
        field_cls=BoundedField, pagination=True, description=description, **options
    )
