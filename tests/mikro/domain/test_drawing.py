"""Shapes have the points of their kind, and lie in their box."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidInput
from mikro_server.domain.drawing import box_around, check_color, check_vectors
from mikro_server.domain.kinds import AnnotationKind

NUMBERS = st.floats(-1e6, 1e6)
PLANE = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=20)


@given(PLANE)
def test_every_point_lies_in_the_box(points):
    vectors = check_vectors(AnnotationKind.POLYGON, points)
    box = box_around(vectors)
    for vector in vectors:
        for low, value, high in zip(box["min"], vector, box["max"], strict=True):
            assert low <= value <= high


@pytest.mark.parametrize(
    ("kind", "vectors"),
    [
        ("POINT", []),
        ("POINT", [[1, 2], [3, 4]]),
        ("LINE", [[1, 2]]),
        ("POLYGON", [[1, 2], [3, 4]]),
        ("PATH", [[1, 2], [3, 4, 5]]),
        ("POINT", [[1]]),
        ("POINT", [[float("inf"), 1]]),
    ],
)
def test_wrong_points_are_refused(kind, vectors):
    with pytest.raises(InvalidInput) as refused:
        check_vectors(AnnotationKind(kind), vectors)
    assert refused.value.field == "vectors"


def test_colours():
    assert check_color(None, "x") is None
    assert check_color([0, 128, 255, 0], "x") == [0, 128, 255, 0]
    for wrong in ([1, 2], [0, 0, 256], [-1, 0, 0]):
        with pytest.raises(InvalidInput):
            check_color(wrong, "x")
