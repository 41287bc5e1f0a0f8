"""Lists below an object."""

from __future__ import annotations

from typing import Any

from strawberry_django.fields.field import StrawberryDjangoField
from strawberry_django.pagination import OffsetPaginationInput

from chassis.errors import InvalidInput


class FirstPage(StrawberryDjangoField):
    """A relation of any length; who asks for no page gets the first one."""

    def get_queryset(self, queryset: Any, info: Any, **kwargs: Any) -> Any:
        """Fill the page in; a negative one is refused."""
        page = kwargs.get("pagination") or OffsetPaginationInput()
        if page.offset < 0 or (isinstance(page.limit, int) and page.limit < 0):
            raise InvalidInput("A page starts at 0 or later.", field="pagination")
        kwargs["pagination"] = page
        return super().get_queryset(queryset, info, **kwargs)  # type: ignore[no-untyped-call]  # the library is
