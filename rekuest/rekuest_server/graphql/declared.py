"""The field of a list of declared things, without what a later declaration dropped."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from strawberry.types import Info
from strawberry_django.fields.field import StrawberryDjangoField


class DeclaredField(StrawberryDjangoField):
    """Use as `strawberry_django.field(field_cls=DeclaredField, ...)` on a relation."""

    def get_queryset(self, queryset: QuerySet[Model], info: Info, **kwargs: Any) -> Any:
        """Leave out the rows that are no longer declared."""
        return super().get_queryset(queryset.filter(retired_at=None), info, **kwargs)
