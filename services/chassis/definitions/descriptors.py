"""Conditions over the descriptors of rows: what a port requires of an object, asked in SQL.

Rows keep descriptors, a flat mapping of facts, in a JSON column.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from chassis.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Constraint:
    """One thing that must hold; `operator` is a word of the definition language."""

    key: str
    operator: str
    value: Any = None


def satisfying(constraints: Iterable[Constraint], declared: Container[str], prefix: str = "") -> Q:
    """Return the condition that all constraints hold; a key that is not declared is refused."""
    found = Q()
    for one in constraints:
        if one.key not in declared:
            raise InvalidInput(f"Nothing here has the descriptor {one.key!r}.", field="requires")
        found &= _condition(one, f"{prefix}descriptors")
    return found


def _condition(one: Constraint, column: str) -> Q:
    has = Q(**{f"{column}__has_key": one.key})
    if one.operator in {"EQUALS", "MATCHES"}:
        return _equals(column, one.key, one.value)
    if one.operator == "NOT_EQUALS":
        return has & ~_equals(column, one.key, one.value)
    if one.operator == "EXISTS":
        return ~has if one.value is False else has
    if one.operator in {"GTE", "LTE"}:
        if isinstance(one.value, bool) or not isinstance(one.value, int | float):
            raise InvalidInput(f"{one.operator} compares with a number.", field="requires")
        path = f"{column}__{one.key}"
        # In the order of jsonb a number is greater than any text, and less than false.
        numbers = Q(**{f"{path}__gte": -sys.float_info.max, f"{path}__lt": False})
        return has & numbers & Q(**{f"{path}__{one.operator.lower()}": one.value})
    if one.operator == "CONTAINS":
        return Q(**{f"{column}__contains": {one.key: [one.value]}})
    if not isinstance(one.value, Sequence) or isinstance(one.value, str):
        raise InvalidInput(f"{one.operator} compares with a list.", field="requires")
    any_of = Q(pk__in=[]) if column == "descriptors" else Q(**{f"{column}__has_key": ""})
    for value in one.value:
        any_of |= _equals(column, one.key, value)
    return any_of if one.operator == "IN" else has & ~any_of


def _equals(column: str, key: str, value: Any) -> Q:
    return Q(**{f"{column}__contains": {key: value}})
