"""What data structurally is: exactly one spatial rank holds, and only wide axes count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mikro_server.domain.kinds import AxisType, ColumnRole
from mikro_server.domain.structure import (
    ColumnFacts,
    array_descriptors,
    array_spec,
    table_spec,
)

RANKS = {"SCALAR", "PROFILE", "IMAGE", "VOLUME", "HYPERVOLUME"}
AXES = st.lists(st.tuples(st.sampled_from(list(AxisType)), st.integers(1, 4)), max_size=7)
S, T, C, M = AxisType.SPACE, AxisType.TIME, AxisType.CHANNEL, AxisType.MICROTIME


@given(AXES)
def test_one_rank_holds_and_thin_axes_do_not_count(axes):
    types, shape = [one[0] for one in axes], [one[1] for one in axes]
    found = array_spec(types, shape)
    assert len(RANKS & set(found)) == 1
    wide = [(kind, size) for kind, size in axes if size > 1]
    assert array_spec([one[0] for one in wide], [one[1] for one in wide]) == found
    facts = array_descriptors(types, shape, "uint8")
    assert facts["@mikro/n_space_axes"] == types.count(S)
    assert facts["@mikro/n_channels"] == sum(size for kind, size in axes if kind is C)


@pytest.mark.parametrize(
    ("types", "shape", "expected"),
    [
        ([S, S], [64, 96], ["IMAGE"]),
        ([S, S], [64, 1], ["PROFILE", "TRACE"]),
        ([T, C, S, S, S], [3, 2, 9, 9, 9], ["VOLUME", "TIMESERIES", "MULTICHANNEL"]),
        ([S, S, S], [1, 9, 9], ["IMAGE"]),
        ([M], [256], ["SCALAR", "FLIM", "TRACE"]),
        ([], [], ["SCALAR"]),
    ],
)
def test_known_arrays(types, shape, expected):
    assert array_spec(types, shape) == expected


def column(axis=None, role=ColumnRole.ATTRIBUTE, dtype="DOUBLE", key=False):
    return ColumnFacts(role, axis, dtype, key)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([], ["RECORDS"]),
        ([column(S), column(S), column()], ["POINTS_2D"]),
        ([column(S), column(S), column(T), column(role=ColumnRole.TRACK_ID)], None),
        ([column(T), column()], ["RECORDS", "TIMED", "SERIES"]),
        ([column(T), column(dtype="VARCHAR")], ["RECORDS", "TIMED"]),
        ([column(key=True)], ["RECORDS", "KEYED"]),
        ([column(role=ColumnRole.GROUP_ID)], ["RECORDS", "GROUPED"]),
    ],
)
def test_known_tables(columns, expected):
    assert table_spec(columns) == (expected or ["POINTS_2D", "TIMED", "TRACKED"])


def test_a_pinned_column_no_longer_counts():
    assert table_spec([column(S), column(S), column(T)], frozenset({2})) == ["POINTS_2D"]
