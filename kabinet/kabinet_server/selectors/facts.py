"""The descriptors this service states of its objects, and conditions over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from chassis.definitions.descriptors import Constraint
from chassis.definitions.descriptors import satisfying as satisfying_of

DECLARED = frozenset(
    f"@kabinet/{name}"
    for name in ("identifier", "version", "channel", "flavour", "status", "backend_kind", "kind")
)


def satisfying(requires: Sequence[Mapping[str, Any]], prefix: str = "") -> Q:
    """Return the condition that all constraints hold; they come as plain values."""
    constraints = (Constraint(one["key"], one["operator"], one["value"]) for one in requires)
    return satisfying_of(constraints, DECLARED, prefix)
