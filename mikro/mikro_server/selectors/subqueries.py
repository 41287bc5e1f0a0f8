"""Subqueries that filters of lists are made of; they are only ever used inside scoped lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q

from mikro_server.domain.kinds import AxisType
from mikro_server.models import Axis, Column, FileLink, Folder, Transformation


def spaces_with(types: Iterable[AxisType], column: str) -> Q:
    """Return the condition that a space has an axis of each of these types."""
    found = Q()
    for one in types:
        systems = Axis.objects.filter(type=one.value).values("system")
        found &= Q(**{f"{column}__in": systems})
    return found


def derived(column: str, sources: Q | None = None) -> Q:
    """Return the condition that a space is derived from another, or from one of some."""
    edges = Transformation.objects.filter(sources or Q(), is_derivation=True)
    return Q(**{f"{column}__in": edges.values("input")})


def linked(column: str, outer: str, **conditions: Any) -> Q:
    """Return the condition that a link of a file names a row; one row is found once."""
    return Q(Exists(FileLink.objects.filter(**{column: OuterRef(outer)}, **conditions)))


def with_column(outer: str, **conditions: Any) -> Q:
    """Return the condition that a table has such a column."""
    return Q(Exists(Column.objects.filter(table=OuterRef(outer), **conditions)))


def pinned(subject: str, outer: str) -> Q:
    """Return the condition that somebody has pinned a folder."""
    mine = Folder.pinned_by.through._default_manager.filter(
        folder_id=OuterRef(outer), user_id=subject
    )
    return Q(Exists(mine))
