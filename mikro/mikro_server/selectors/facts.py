"""The descriptors this service states of its objects, and conditions over them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from chassis.definitions import descriptors
from chassis.definitions.descriptors import Constraint

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


def satisfying(constraints: Iterable[Constraint], prefix: str = "") -> Q:
    """Return the condition that all constraints hold."""
    return descriptors.satisfying(constraints, DECLARED, prefix)
