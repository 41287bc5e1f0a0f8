"""What fields share: scoped lists in pages, what absent objects become, columns and relations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, TypeVar, cast

import strawberry_django
from django.db.models import Model, QuerySet
from strawberry.extensions.field_extension import FieldExtension, SyncExtensionResolver
from strawberry.types import Info
from strawberry_django.fields.field import StrawberryDjangoField
from strawberry_django.optimizer import is_optimized_by_prefetching
from strawberry_django.pagination import OffsetPaginationInput

from chassis.config import ServiceConfig, current
from chassis.errors import InvalidInput, NotFound
from chassis.graphql.context import principal_of
from chassis.identity import Principal

T = TypeVar("T")

R = TypeVar("R")


def page_of(given: OffsetPaginationInput | None) -> OffsetPaginationInput:
    """Return the page that is asked for, or the first one; a negative one is refused."""
    page = given or OffsetPaginationInput()
    if page.offset < 0 or (isinstance(page.limit, int) and page.limit < 0):
        raise InvalidInput("A page starts at 0 or later and holds 0 rows or more.", field="page")
    return page


def span_of(given: OffsetPaginationInput | None) -> tuple[int, int]:
    """Return where the page that is asked for begins, and how many rows it has at most."""
    page, limits = page_of(given), current(ServiceConfig).limits
    rows = page.limit if isinstance(page.limit, int) else limits.page_size
    return page.offset, min(rows, limits.page_size_max)


class Paged(FieldExtension):
    """Gives a list a first page of the usual size when the caller asks for none."""

    def resolve(
        self, next_: SyncExtensionResolver, source: Any, info: Info, **arguments: Any
    ) -> Any:
        """Fill the page in; a negative one is refused."""
        arguments["pagination"] = page_of(arguments.get("pagination"))
        return next_(source, info, **arguments)


class Found(FieldExtension):
    """Turns a missing object into NOT_FOUND, so that absent and foreign ones look the same."""

    def resolve(
        self, next_: SyncExtensionResolver, source: Any, info: Info, **arguments: Any
    ) -> Any:
        """Raise if there is no object."""
        result = next_(source, info, **arguments)
        return _found_later(result) if isawaitable(result) else _found(result)


async def _found_later(result: Awaitable[Any]) -> Any:
    return _found(await result)


def _found(result: Any) -> Any:
    if result is None:
        raise NotFound()
    return result


class _VisibleRows(StrawberryDjangoField):
    """A list of what the principal may see; the selector decides, and comes in the metadata."""

    def get_queryset(self, queryset: Any, info: Info, **arguments: Any) -> Any:
        """Replace all rows by those of the selector, then filter, order and cut them."""
        rows = self.metadata["rows"](principal_of(info))
        return super().get_queryset(rows, info, **arguments)  # type: ignore[no-untyped-call]


def visible_rows(
    selector: Callable[[Principal], QuerySet[Any]],
    *,
    description: str,
    filters: type | None = None,
    ordering: type | None = None,
) -> Any:
    """Make a root field that lists the rows a selector finds for the principal, in pages."""
    return strawberry_django.field(
        field_cls=_VisibleRows,
        metadata={"rows": selector},
        filters=filters,
        ordering=ordering,
        pagination=True,
        extensions=[Paged()],
        description=description,
    )


class OneRow(StrawberryDjangoField):
    """One object out of the rows its resolver returns; none is `NOT_FOUND`."""

    def get_queryset_hook(self, info: Any, **kwargs: Any) -> Any:
        """Return the first row, read with everything the document asks for."""

        def first(rows: QuerySet[Model]) -> Model:
            found: QuerySet[Model] = self.get_queryset(  # type: ignore[no-untyped-call]
                rows, info, **kwargs
            )
            # The only row is at hand where the optimizer has read it already.
            row = next(iter(found[:1]), None)
            if row is None:
                raise NotFound()
            return row

        return first


def one_row(graphql_type: Any, description: str) -> Any:
    """Make a root field of a resolver that returns the rows one object is picked from."""
    return strawberry_django.field(
        field_cls=OneRow, graphql_type=graphql_type, description=description
    )


def row_as(graphql_type: type[T], row: object) -> T:
    """Say that a row stands for its GraphQL type, which is what resolves its fields."""
    return cast(T, row)


def _super_queryset(field: StrawberryDjangoField, *args: Any, **kwargs: Any) -> Any:
    """Call the library's method, which has no types."""
    method: Any = StrawberryDjangoField.get_queryset
    return method(field, *args, **kwargs)


def _declared(queryset: QuerySet[Model]) -> QuerySet[Model]:
    """Leave out what was dropped, unless that was done when the rows were read."""
    if is_optimized_by_prefetching(queryset):
        return queryset
    return queryset.filter(retired_at=None)


def _is_read(queryset: QuerySet[Model]) -> bool:
    """Tell whether the rows were read with their parents: then no thread has to wait for them."""
    return is_optimized_by_prefetching(queryset) and queryset._result_cache is not None


class DeclaredField(StrawberryDjangoField):
    """Use as `strawberry_django.field(field_cls=DeclaredField, ...)` on a relation."""

    def get_queryset(self, queryset: QuerySet[Model], info: Info, **kwargs: Any) -> Any:
        """Leave out what a later declaration dropped."""
        return _super_queryset(self, _declared(queryset), info, **kwargs)

    def _can_run_qs_hook_inline(self, queryset: QuerySet[Model]) -> bool:
        return self.is_list and _is_read(queryset)


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
        return _super_queryset(self, queryset, info, pagination=page_of(pagination), **kwargs)

    def _can_run_qs_hook_inline(self, queryset: QuerySet[Model]) -> bool:
        return self.is_list and _is_read(queryset)


class BoundedDeclaredField(BoundedField):
    """A relation that may hold any number of rows, some of which were dropped since."""

    def get_queryset(self, queryset: QuerySet[Model], info: Info, **kwargs: Any) -> Any:
        """Leave out what was dropped, and fill the page in."""
        return super().get_queryset(_declared(queryset), info, **kwargs)


class PathField(StrawberryDjangoField):
    """The end of a path of relations (`field_name="membership__user"`), at hand when it was read.

    The library sends a thread for every path, which costs more than the row.
    """

    def get_result(
        self, source: Any, info: Info | None, args: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Walk the path, unless a part of it was not read with the row."""
        held = source
        for name in str(self.django_name).split("__"):
            if held is None:
                return None
            if name not in held._state.fields_cache:
                method: Any = super().get_result
                return method(source, info, args, kwargs)
            held = held._state.fields_cache[name]
        return held


class _ColumnField(StrawberryDjangoField):
    """A value made of columns that are in memory, so no thread has to wait for a database."""

    def get_result(
        self, source: Any, info: Info | None, args: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Call the resolver right here, unless a column was not read with the row."""
        assert self.base_resolver is not None
        if isinstance(source, Model) and not all(
            _is_at_hand(source, path) for path in self.metadata["columns"]
        ):
            method: Any = super().get_result
            return method(source, info, args, kwargs)
        return self.base_resolver(*args, **kwargs)


def _is_at_hand(row: Model, path: list[str]) -> bool:
    *relations, column = path
    held: Model | None = row
    for name in relations:
        if held is None or name not in held._state.fields_cache:
            break
        held = held._state.fields_cache[name]
    else:
        return held is None or column in vars(held) or column not in held.get_deferred_fields()
    return held is None


def column(*names: str, description: str) -> Any:
    """Decorate a resolver that needs nothing but these columns, `relation__column` for others'."""
    paths = [name.split("__") for name in names]
    relations = {"__".join(path[:-1]) for path in paths if len(path) > 1}
    return strawberry_django.field(
        field_cls=_ColumnField,
        only=list(names),
        select_related=sorted(relations),
        metadata={"columns": paths},
        description=description,
    )


def as_declared(rows: Any) -> R:  # type: ignore[type-var] # R is what the caller declares
    """Return rows where a field declares their GraphQL type: they are served as that type.

    The one place where the type checker is told so, instead of an exception at each field.
    """
    return cast("R", rows)
