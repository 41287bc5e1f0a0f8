"""Lists of the store: whoever opens one first has the organization's store set up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from chassis.graphql.fields import visible_rows
from chassis.identity import Principal
from kabinet_server.operations.welcome import organization_welcome


def store_rows(
    selector: Callable[[Principal], QuerySet[Any]],
    *,
    description: str,
    filters: type | None = None,
    ordering: type | None = None,
) -> Any:
    """Make a root list of what comes out of sources, in pages."""

    def welcomed(principal: Principal) -> QuerySet[Any]:
        found = selector(principal)
        organization_welcome(principal=principal)
        return found

    return visible_rows(welcomed, description=description, filters=filters, ordering=ordering)
