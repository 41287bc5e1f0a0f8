"""The one cut every read goes through, and the reading of ids that callers send."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from chassis.errors import InvalidInput, NotFound
from chassis.identity import Principal
from chassis.permissions import authorize
from mikro_server.policy import imaging

M = TypeVar("M", bound=Model)

#: Named here so that the rules are registered before anything is read.
RULES = imaging


def visible(principal: Principal | None, rows: QuerySet[M]) -> QuerySet[M]:
    """Cut rows down to the organization of somebody who may read."""
    who = authorize(principal, "imaging.read")
    return rows.filter(organization_id=who.organization)


def pk_of(value: object) -> int:
    """Read the id of a row; what cannot be one is the id of nothing."""
    found = _number(value)
    if found is None:
        raise NotFound()
    return found


def pks_of(values: Iterable[object]) -> list[int]:
    """Read ids of rows and drop what cannot be one."""
    return [found for value in values if (found := _number(value)) is not None]


def _number(value: object) -> int | None:
    text = str(value)
    if not text.isdecimal() or not text.isascii() or len(text) > 18:
        return None
    return int(text)


def uuid_of(value: object) -> uuid.UUID:
    """Read a UUID; what cannot be one is the id of nothing."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        raise NotFound() from None


def uuids_of(values: Iterable[object]) -> list[uuid.UUID]:
    """Read UUIDs and drop what cannot be one."""
    found = []
    for value in values:
        try:
            found.append(uuid.UUID(str(value)))
        except ValueError:
            continue
    return found


def only_one(**named: Any) -> tuple[str, Any]:
    """Return the one argument that is given, with its name; none or several are refused."""
    given = [(name, value) for name, value in named.items() if value is not None]
    if len(given) != 1:
        raise InvalidInput(f"Give exactly one of {', '.join(named)}.", field=next(iter(named)))
    return given[0]
