"""Affine maps obey their algebra."""

from __future__ import annotations

import math

from hypothesis import assume, given
from hypothesis import strategies as st

from mikro_server.domain import affine

NUMBERS = st.floats(-100, 100, allow_nan=False).map(lambda value: round(value, 3))


def matrices(rank: int = 2):
    row = st.lists(NUMBERS, min_size=rank + 1, max_size=rank + 1).map(tuple)
    return st.lists(row, min_size=rank, max_size=rank).map(tuple)


POINTS = st.tuples(NUMBERS, NUMBERS)


def close(one, other, slack=1e-6):
    return all(
        math.isclose(a, b, rel_tol=1e-6, abs_tol=slack) for a, b in zip(one, other, strict=True)
    )


@given(matrices(), matrices(), POINTS)
def test_composition_is_one_after_the_other(first, then, point):
    there = affine.apply(then, affine.apply(first, point))
    assert close(affine.apply(affine.compose(first, then), point), there)


@given(matrices(), POINTS)
def test_the_identity_changes_nothing(matrix, point):
    neutral = affine.identity(2)
    assert affine.apply(neutral, point) == point
    assert affine.compose(matrix, neutral) == matrix
    assert close(affine.compose(neutral, matrix)[0], matrix[0])


@given(matrices(), POINTS)
def test_the_inverse_leads_back(matrix, point):
    (a, b, _), (c, d, _) = matrix
    assume(abs(a * d - b * c) > 1)
    back = affine.invert(matrix)
    assert back is not None
    assert close(affine.apply(back, affine.apply(matrix, point)), point, slack=1e-3)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_flat_map_has_no_way_back(a, b, factor):
    assert affine.invert(((a, b, 0.0), (a * factor, b * factor, 0.0))) is None or a * b == 0
    assert affine.invert(((1.0, 0.0, 0.0),)) is None


@given(matrices(), st.lists(POINTS, min_size=2, max_size=5))
def test_a_box_holds_where_its_points_go(matrix, points):
    box = affine.bounds(points)
    low, high = affine.box_image(matrix, box)
    for point in points:
        gone = affine.apply(matrix, point)
        for at, value in enumerate(gone):
            assert low[at] - 1e-6 <= value <= high[at] + 1e-6


def test_axes_are_handed_on_by_name():
    matrix = affine.permuting(["y", "x"], ["x", "y", "z"], {"y": "y", "x": "x"})
    assert affine.apply(matrix, (3.0, 7.0)) == (7.0, 3.0, 0.0)
    assert affine.apply(affine.scaling([2, 3]), (1.0, 1.0)) == (2.0, 3.0)
    assert affine.apply(affine.shifting([2, 3]), (1.0, 1.0)) == (3.0, 4.0)
