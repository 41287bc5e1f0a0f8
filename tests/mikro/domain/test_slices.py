"""Selections mean what Python's slices mean, and compose."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chassis.errors import InvalidInput
from mikro_server.domain import slices

BOUND = st.none() | st.integers(-30, 30)
SLICES = st.builds(slice, BOUND, BOUND, st.none() | st.integers(1, 5))


def as_input(one: slice) -> dict:
    return {"axis": "x", "start": one.start, "stop": one.stop, "step": one.step}


def positions(selection: slices.Selection) -> list[int]:
    [one] = selection
    return list(range(one.start, one.stop, one.step))


@given(st.integers(1, 25), SLICES)
def test_a_slice_keeps_what_python_keeps(size, wanted):
    expected = list(range(size))[wanted]
    assume(expected)
    found = slices.narrow(slices.whole(["x"], [size]), [as_input(wanted)])
    assert positions(found) == expected
    assert slices.extents(found) == [len(expected)]


@given(st.integers(1, 25), SLICES, SLICES)
def test_a_crop_of_a_crop_is_one_crop(size, first, second):
    expected = list(range(size))[first][second]
    assume(expected)
    whole = slices.whole(["x"], [size])
    found = slices.narrow(slices.narrow(whole, [as_input(first)]), [as_input(second)])
    assert positions(found) == expected


@given(st.integers(1, 25), SLICES)
def test_equal_selections_have_one_form(size, wanted):
    kept = list(range(size))[wanted]
    assume(kept)
    whole = slices.whole(["x"], [size])
    found = slices.narrow(whole, [as_input(wanted)])
    step = kept[1] - kept[0] if len(kept) > 1 else 1
    plain = {"axis": "x", "start": kept[0], "stop": kept[-1] + 1, "step": step}
    assert slices.narrow(whole, [plain]) == found
    assert (slices.restricting(found, [size]) == ()) == (kept == list(range(size)))


@pytest.mark.parametrize(
    "wanted",
    [
        [{"axis": "y"}],
        [{"axis": "x"}, {"axis": "x"}],
        [{"axis": "x", "step": 0}],
        [{"axis": "x", "step": -1}],
        [{"axis": "x", "start": 5, "stop": 5}],
    ],
)
def test_what_is_no_selection_is_refused(wanted):
    with pytest.raises(InvalidInput):
        slices.narrow(slices.whole(["x"], [10]), wanted)


EDGES = st.none() | st.integers(-20, 20)


@given(EDGES, EDGES, EDGES, EDGES, st.integers(-25, 25))
def test_windows_intersect(low, high, least, most, value):
    def inside(bottom, top):
        return (bottom is None or value >= bottom) and (top is None or value <= top)

    outer, inner = {"axis": "t", "min": low, "max": high}, {"axis": "t", "min": least, "max": most}
    try:
        found = slices.narrow_windows([outer], [inner], ["t"])
    except InvalidInput:
        assert not (inside(low, high) and inside(least, most))
        return
    kept = found[0] if found else {"min": None, "max": None}
    assert inside(kept["min"], kept["max"]) == (inside(low, high) and inside(least, most))


def test_a_window_names_an_axis_once():
    for wanted in ([{"axis": "q"}], [{"axis": "t", "min": 1}, {"axis": "t", "max": 2}]):
        with pytest.raises(InvalidInput):
            slices.narrow_windows([], wanted, ["t"])
    assert slices.narrow_windows([], [{"axis": "t"}], ["t"]) == []
    assert str(slices.AxisSlice("x", 1, 9, 2)) == "x[1:9:2]"
