"""Regions: how they are named, what they keep, what they cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidInput, PayloadTooLarge
from mikro_server.domain.kinds import AxisType
from mikro_server.domain.region import (
    SIZES,
    Cut,
    affordable,
    check_cost,
    cost,
    default_region,
    region_of,
    shape_of,
)

AXES = ["t", "z", "y", "x"]
TYPES = [AxisType.TIME, AxisType.SPACE, AxisType.SPACE, AxisType.SPACE]
SHAPE = [4, 9, 100, 200]


def read(*slices):
    return region_of(slices, AXES, TYPES, SHAPE)


def test_what_is_not_named_is_the_middle_plane_of_the_start():
    region = read()
    assert region == default_region(TYPES, SHAPE)
    assert [cut.index for cut in region] == [0, 4, slice(0, 100), slice(0, 200)]
    assert shape_of(region) == [100, 200]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y:7", Cut(7, 8, single=True)),
        ("y:7:8", Cut(7, 8)),
        ("y::8", Cut(0, 8)),
        ("y:90:", Cut(90, 100)),
        ("y::", Cut(0, 100)),
        ("y:90:1000", Cut(90, 100)),
    ],
)
def test_a_slice_is_read_as_python_reads_it(text, expected):
    assert read(text)[2] == expected


@pytest.mark.parametrize(
    "text", ["", "y", ":", "y:", "y:x", "y:1:2:3", "y:-1", "y:1.5", "y: 1", "y:²", "y:100", "y:7:7"]
)
def test_what_is_no_slice_is_refused(text):
    with pytest.raises(InvalidInput) as caught:
        read(text)
    assert caught.value.field == "slice"


def test_names_may_hold_a_colon():
    axes = ["a", "a:1", "x"]
    types = [AxisType.INDEX] * 3
    region = region_of(["a:1:2", "x:0"], axes, types, [5, 5, 5])
    assert region[1] == Cut(2, 3, single=True)
    assert region[0] == Cut(0, 1, single=True)


@given(st.integers(1, 50).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_every_slice_keeps_what_numpy_keeps(size_and_start):
    size, start = size_and_start
    for stop in range(start + 1, size + 3):
        region = region_of([f"x:{start}:{stop}"], ["x"], [AxisType.SPACE], [size])
        expected = np.arange(size)[start:stop]
        assert np.arange(size)[region[0].index].tolist() == expected.tolist()
        assert shape_of(region) == [len(expected)]


def test_whole_chunks_are_paid_for():
    assert cost((Cut(0, 1),), [64], "uint8") == 64
    assert cost((Cut(63, 65),), [64], "uint16") == 256
    assert cost((Cut(64, 128), Cut(5, 6, single=True)), [64, 10], "float64") == 64 * 10 * 8


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 100)), min_size=1, max_size=3))
def test_a_larger_region_never_costs_less(spans):
    region = tuple(Cut(start, start + length) for start, length in spans)
    smaller = tuple(Cut(cut.start, cut.start + (cut.extent + 1) // 2) for cut in region)
    chunks = [16] * len(region)
    assert cost(smaller, chunks, "uint8") <= cost(region, chunks, "uint8")


def test_elements_have_the_size_numpy_gives_them():
    assert {name: np.dtype(name).itemsize for name in SIZES} == SIZES
    with pytest.raises(InvalidInput):
        cost((Cut(0, 1),), [1], "complex64")


def test_a_region_too_dear_is_refused_with_both_numbers():
    with pytest.raises(PayloadTooLarge, match=r"4000 bytes, at most 3999") as caught:
        check_cost((Cut(0, 2000),), [1000], "uint16", 3999)
    assert caught.value.field == "slice"
    check_cost((Cut(0, 2000),), [1000], "uint16", 4000)


@given(
    st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 600)), min_size=1, max_size=4),
    st.integers(1, 10**6),
)
def test_what_can_be_afforded_is_a_middle_or_nothing(axes, most):
    region = tuple(Cut(0, size) for size, _ in axes)
    chunks = [chunk for _, chunk in axes]
    try:
        found = affordable(region, chunks, "uint8", most)
    except PayloadTooLarge:
        # Only where single chunks, at the edges of four, are too large already.
        assert cost(tuple(Cut(0, 1) for _ in axes), chunks, "uint8") * 2 ** len(axes) > most
        return
    assert cost(found, chunks, "uint8") <= most
    for cut, (size, _) in zip(found, axes, strict=True):
        assert 0 <= cut.start < cut.stop <= size


def test_the_affordable_part_lies_in_the_middle():
    [rows, columns] = affordable((Cut(0, 1000), Cut(0, 1000)), [10, 10], "uint8", 300_000)
    assert (rows.start + rows.stop, columns.start + columns.stop) == (1000, 1000)
    assert affordable((Cut(0, 9),), [10], "uint8", 10) == (Cut(0, 9),)
