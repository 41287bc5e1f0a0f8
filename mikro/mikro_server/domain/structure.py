"""What data structurally is, read off its axes and columns: specs and descriptors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mikro_server.domain.kinds import ArrayDatasetSpec as Array
from mikro_server.domain.kinds import AxisType, ColumnRole
from mikro_server.domain.kinds import TableDatasetSpec as Table

_BY_RANK = [Array.SCALAR, Array.PROFILE, Array.IMAGE, Array.VOLUME, Array.HYPERVOLUME]
_POINTS = [Table.RECORDS, Table.POINTS_1D, Table.POINTS_2D, Table.POINTS_3D, Table.POINTS_ND]
_MODIFIERS = {
    AxisType.TIME: Array.TIMESERIES,
    AxisType.CHANNEL: Array.MULTICHANNEL,
    AxisType.SPECTRUM: Array.SPECTRAL,
    AxisType.MICROTIME: Array.FLIM,
    AxisType.DISPLACEMENT: Array.DISPLACEMENT_FIELD,
    AxisType.COORDINATE: Array.COORDINATE_FIELD,
    AxisType.INDEX: Array.INDEXED,
}
_MEASURED = {AxisType.SPACE, AxisType.TIME, AxisType.MICROTIME, AxisType.SPECTRUM}
_ENUMERATING = {AxisType.CHANNEL, AxisType.INDEX}
_NUMBERS = ("INT", "FLOAT", "DOUBLE", "DECIMAL")


def array_spec(types: Sequence[AxisType], shape: Sequence[int]) -> list[str]:
    """Return what an array is; an axis counts only where it has more than one position."""
    wide = Counter(kind for kind, extent in zip(types, shape, strict=True) if extent > 1)
    found = [_BY_RANK[min(wide[AxisType.SPACE], 4)]]
    found += [spec for kind, spec in _MODIFIERS.items() if wide[kind]]
    measured = sum(wide[kind] for kind in _MEASURED)
    enumerating = sum(wide[kind] for kind in _ENUMERATING)
    if measured == 1 and enumerating <= 1 and wide.total() == measured + enumerating:
        found.append(Array.TRACE)
    return [spec.value for spec in found]


def array_descriptors(
    types: Sequence[AxisType], shape: Sequence[int], dtype: str, values: str | None = None
) -> dict[str, Any]:
    """Return the facts a port may require of an array or a selection of one."""
    count = Counter(types)
    extent: Counter[AxisType] = Counter()
    for kind, size in zip(types, shape, strict=True):
        extent[kind] += size
    facts: dict[str, Any] = {
        f"@mikro/n_{kind.value.lower()}_axes": count[kind]
        for kind in (
            AxisType.SPACE,
            AxisType.TIME,
            AxisType.CHANNEL,
            AxisType.SPECTRUM,
            AxisType.MICROTIME,
        )
    }
    facts["@mikro/n_channels"] = extent[AxisType.CHANNEL]
    facts["@mikro/n_timepoints"] = extent[AxisType.TIME]
    facts["@mikro/dtype"] = dtype
    if values is not None:
        facts["@mikro/value_kind"] = values
    return facts


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What matters of a column."""

    role: ColumnRole
    axis_type: AxisType | None
    dtype: str
    has_reference: bool = False


def table_spec(columns: Iterable[ColumnFacts], pinned: frozenset[int] = frozenset()) -> list[str]:
    """Return what a table is; `pinned` are the columns a window holds at one value."""
    free = [one for position, one in enumerate(columns) if position not in pinned]
    axes = Counter(one.axis_type for one in free if one.axis_type is not None)
    roles = Counter(one.role for one in free)
    found = [_POINTS[min(axes[AxisType.SPACE], 4)]]
    modifiers = {
        Table.TIMED: axes[AxisType.TIME],
        Table.TRACKED: roles[ColumnRole.TRACK_ID],
        Table.GROUPED: roles[ColumnRole.GROUP_ID],
        Table.KEYED: sum(one.has_reference for one in free),
    }
    found += [spec for spec, holds in modifiers.items() if holds]
    numbers = any(
        one.role is ColumnRole.ATTRIBUTE
        and one.axis_type is None
        and any(word in one.dtype for word in _NUMBERS)
        for one in free
    )
    if axes[AxisType.SPACE] + axes[AxisType.TIME] == 1 and numbers:
        found.append(Table.SERIES)
    return [spec.value for spec in found]
