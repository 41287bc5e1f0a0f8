"""The one cut every read goes through, and the reading of ids that callers send."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model, QuerySet

from chassis.errors import NotFound
from chassis.identity import Principal
from chassis.permissions import authorize
from kabinet_server.policy import store

M = TypeVar("M", bound=Model)

#: Named here so that the rules are registered before anything is read.
RULES = store


def visible(principal: Principal, rows: QuerySet[M]) -> QuerySet[M]:
    """Cut rows down to the organization of somebody who may read."""
    authorize(principal, "store.read")
    return rows.filter(organization=principal.organization)


def number_of(value: object) -> int | None:
    """Read the id of a row; None if it cannot be one."""
    text = str(value)
    is_id = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if is_id else None


def numbers_of(values: Iterable[object]) -> list[int]:
    """Read ids of rows and leave out what cannot be one."""
    return [found for found in map(number_of, values) if found is not None]


def by_id(rows: QuerySet[M], value: object) -> QuerySet[M]:
    """Narrow rows to the one with this id; what cannot be an id is the id of nothing."""
    found = number_of(value)
    return rows.none() if found is None else rows.filter(pk=found)


def one(rows: QuerySet[M], value: object) -> M:
    """Return the row with this id, or raise `NotFound`."""
    row = by_id(rows, value).first()
    if row is None:
        raise NotFound()
    return row
