"""The one filter every read goes through, and the reading of ids that callers send."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model, QuerySet

from chassis.errors import NotFound
from chassis.identity import Principal
from chassis.permissions import authorize
from rekuest_server.policy import reading

M = TypeVar("M", bound=Model)

#: Named here so that the rules of reading are registered before anything is read.
RULES = reading

_LARGEST_ID = 2**63 - 1
_LONGEST_ID = len(str(_LARGEST_ID))


def visible(
    principal: Principal, action: str, rows: QuerySet[M], *, path: str = "organization"
) -> QuerySet[M]:
    """Return the rows of the principal's organization, if its roles allow to read them.

    `path` is the relation that leads from a row to its organization.
    """
    authorize(principal, action)
    return rows.filter(**{f"{path}__external_id": principal.organization})


def row_id(value: object) -> int:
    """Read an id as a caller sent it; what cannot be one is an absent object."""
    for number in row_ids([value]):
        return number
    raise NotFound()


def row_ids(values: Iterable[object]) -> list[int]:
    """Read several ids and leave out what cannot be one."""
    texts = [str(value) for value in values]
    numbers = (int(text) for text in texts if _is_number(text))
    return [number for number in numbers if number <= _LARGEST_ID]


def _is_number(text: str) -> bool:
    return len(text) <= _LONGEST_ID and text.isascii() and text.isdigit()
