"""The field of a list of declared things, without what a later declaration dropped."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from strawberry.types import Info
from strawberry_django.fields.field import StrawberryDjangoField
from strawberry_django.optimizer import is_optimized_by_prefetching


class DeclaredField(StrawberryDjangoField):
    """Use as `strawberry_django.field(field_cls=DeclaredField, ...)` on a relation."""

    def get_queryset(self, queryset: QuerySet[Model], info: Info, **kwargs: Any) -> Any:
        """Leave out the rows that are no longer declared."""
        if not is_optimized_by_prefetching(queryset):  # else it was filtered when it was read
            queryset = queryset.filter(retired_at=None)
        return super().get_queryset(queryset, info, **kwargs)  # type: ignore[no-untyped-call]
