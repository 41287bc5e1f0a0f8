"""Field extensions that root fields share: pages of lists, and what absent objects become."""

from __future__ import annotations

from collections.abc import Awaitable
from inspect import isawaitable
from typing import Any

from strawberry.extensions.field_extension import FieldExtension, SyncExtensionResolver
from strawberry.types import Info
from strawberry_django.pagination import OffsetPaginationInput

from chassis.errors import InvalidInput, NotFound


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
