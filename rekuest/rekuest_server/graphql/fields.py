"""Field classes of this schema: columns that need no thread, and lists of what is declared."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import strawberry_django
from django.db.models import Model, QuerySet
from strawberry.types import Info
from strawberry_django.fields.field import StrawberryDjangoField
from strawberry_django.optimizer import is_optimized_by_prefetching
from strawberry_django.pagination import OffsetPaginationInput

T = TypeVar("T")


def row_as(graphql_type: type[T], row: object) -> T:
    """Say that a row stands for its GraphQL type, which is what resolves its fields."""
    return cast(T, row)


def _super_queryset(field: StrawberryDjangoField, *args: Any, **kwargs: Any) -> Any:
    """Call the library's method, which has no types."""
    method: Any = StrawberryDjangoField.get_queryset
    return method(field, *args, **kwargs)


class DeclaredField(StrawberryDjangoField):
    """Use as `strawberry_django.field(field_cls=DeclaredField, ...)` on a relation."""

    def get_queryset(self, queryset: QuerySet[Model], info: Info, **kwargs: Any) -> Any:
        """Leave out what a later declaration dropped."""
        if not is_optimized_by_prefetching(queryset):  # else it was filtered when it was read
            queryset = queryset.filter(retired_at=None)
        return _super_queryset(self, queryset, info, **kwargs)


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
        return _super_queryset(
            self, queryset, info, pagination=pagination or OffsetPaginationInput(), **kwargs
        )


class _ColumnField(StrawberryDjangoField):
    """A value made of columns that are in memory, so no thread has to wait for a database."""

    def get_result(
        self, source: Any, info: Info | None, args: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Call the resolver right here, unless a column was not read with the row."""
        assert self.base_resolver is not None
        if isinstance(source, Model) and source.get_deferred_fields() & self.metadata["columns"]:
            method: Any = super().get_result
            return method(source, info, args, kwargs)
        return self.base_resolver(*args, **kwargs)


def column(*names: str, description: str) -> Any:
    """Decorate a resolver that needs nothing but these columns of its row."""
    return strawberry_django.field(
        field_cls=_ColumnField,
        only=list(names),
        metadata={"columns": frozenset(names)},
        description=description,
    )
