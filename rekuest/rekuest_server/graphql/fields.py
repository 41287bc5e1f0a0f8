"""Field classes of this schema: columns that need no thread, and lists of what is declared."""

from __future__ import annotations

from typing import Any

import strawberry_django
from django.db.models import Model, QuerySet
from strawberry.types import Info
from strawberry_django.fields.field import StrawberryDjangoField
from strawberry_django.optimizer import is_optimized_by_prefetching
from strawberry_django.pagination import OffsetPaginationInput


class DeclaredField(StrawberryDjangoField):
    """Use as `strawberry_django.field(field_cls=DeclaredField, ...)` on a relation."""

    def get_queryset(self, queryset: QuerySet[Model], info: Info, **kwargs: Any) -> Any:
        """Leave out what a later declaration dropped."""
        if not is_optimized_by_prefetching(queryset):  # else it was filtered when it was read
            queryset = queryset.filter(retired_at=None)
        return super().get_queryset(queryset, info, **kwargs)  # type: ignore[no-untyped-call]


class BoundedField(StrawberryDjangoField):
    """A relation that may hold any number of rows: without a page it gives the first ones."""

    def get_queryset(
        self,
        queryset: QuerySet[Model],
        info: Info,
        *,
        pagination: OffsetPaginationInput | None = None,
        **kwargs: Any,
    ) -> Any:
        """Fill the page in."""
        return super().get_queryset(  # type: ignore[no-untyped-call]
            queryset, info, pagination=pagination or OffsetPaginationInput(), **kwargs
        )


class _ColumnField(StrawberryDjangoField):
    """A value made of columns that are in memory, so no thread has to wait for a database."""

    def get_result(
        self, source: Any, info: Info | None, args: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Call the resolver right here."""
        assert self.base_resolver is not None
        return self.base_resolver(*args, **kwargs)


def column(*names: str, description: str) -> Any:
    """Decorate a resolver that needs nothing but these columns of its row."""
    return strawberry_django.field(
        field_cls=_ColumnField, only=list(names), description=description
    )
