"""Conditions over the descriptors of rows: what a port requires, asked in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from chassis.errors import InvalidInput
from mikro_server.domain.kinds import DescriptorOperator as Op

#: Every descriptor this service states of anything.
DECLARED = frozenset(
    f"@mikro/{name}"
    for name in (
        "n_space_axes",
        "n_time_axes",
        "n_channel_axes",
        "n_spectrum_axes",
        "n_microtime_axes",
        "n_channels",
        "n_timepoints",
        "value_kind",
        "dtype",
        "annotation_kind",
        "metric_key",
        "magnitude",
        "unit",
        "metric_code",
        "target_identifier",
        "target_object",
    )
)


@dataclass(frozen=True, slots=True)
class Constraint:
    """One thing that must hold."""

    key: str
    operator: Op
    value: Any = None


def satisfying(constraints: Iterable[Constraint], prefix: str = "") -> Q:
    """Return the condition that all constraints hold; a key nobody declares is refused."""
    found = Q()
    for one in constraints:
        if one.key not in DECLARED:
            raise InvalidInput(f"Nothing here has the descriptor {one.key!r}.", field="requires")
        found &= _condition(one, f"{prefix}descriptors")
    return found


def _condition(one: Constraint, column: str) -> Q:
    has = Q(**{f"{column}__has_key": one.key})
    if one.operator in {Op.EQUALS, Op.MATCHES}:
        return _equals(column, one.key, one.value)
    if one.operator is Op.NOT_EQUALS:
        return has & ~_equals(column, one.key, one.value)
    if one.operator is Op.EXISTS:
        return ~has if one.value is False else has
    if one.operator in {Op.GTE, Op.LTE}:
        if isinstance(one.value, bool) or not isinstance(one.value, int | float):
            raise InvalidInput(f"{one.operator.value} compares with a number.", field="requires")
        return has & Q(**{f"{column}__{one.key}__{one.operator.value.lower()}": one.value})
    if one.operator is Op.CONTAINS:
        return Q(**{f"{column}__contains": {one.key: [one.value]}})
    if not isinstance(one.value, Sequence) or isinstance(one.value, str):
        raise InvalidInput(f"{one.operator.value} compares with a list.", field="requires")
    any_of = Q(pk__in=[]) if column == "descriptors" else Q(**{f"{column}__has_key": ""})
    for value in one.value:
        any_of |= _equals(column, one.key, value)
    return any_of if one.operator is Op.IN else has & ~any_of


def _equals(column: str, key: str, value: Any) -> Q:
    return Q(**{f"{column}__contains": {key: value}})
