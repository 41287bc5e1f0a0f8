"""What root fields share: scoped lists in pages, and what absent objects become."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

import strawberry_django
from django.db.models import QuerySet
from strawberry.extensions.field_extension import FieldExtension, SyncExtensionResolver
from strawberry.types import Info
from strawberry_django.fields.field import StrawberryDjangoField
from strawberry_django.pagination import OffsetPaginationInput

from chassis.errors import InvalidInput, NotFound
from chassis.graphql.context import principal_of
from chassis.identity import Principal


class Paged(FieldExtension):
    """Gives a list a first page of the usual size when the caller asks for none."""

    def resolve(
        self, next_: SyncExtensionResolver, source: Any, info: Info, **arguments: Any
    ) -> Any:
        """Fill the page in; a negative one is refused."""
        page = arguments.get("pagination") or OffsetPaginationInput()
        if page.offset < 0 or (isinstance(page.limit, int) and page.limit < 0):
            raise InvalidInput(
                "A page starts at 0 or later and holds 0 rows or more.", field="page"
            )
        arguments["pagination"] = page
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
