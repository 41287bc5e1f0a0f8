"""Edges of the coordinate graph as an algebra: what is stated is what points do."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chassis.errors import InvalidInput
from mikro_server.domain import affine, transforms
from mikro_server.domain.kinds import TransformInvariance, TransformKind

AXES = ["z", "y", "x"]
NUMBER = st.floats(-100, 100).filter(lambda one: abs(one) > 1e-3)
POINT = st.tuples(NUMBER, NUMBER, NUMBER)
TRIPLE = st.lists(NUMBER, min_size=3, max_size=3)


def matrix(given, inputs=AXES, outputs=AXES):
    edge = transforms.check(given, inputs, outputs)
    return transforms.matrix_of(edge.kind, edge.params, inputs, outputs)


def close(one, other):
    return all(
        math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6) for a, b in zip(one, other, strict=True)
    )


@given(POINT)
def test_the_identity_moves_nothing(point):
    assert affine.apply(matrix({"kind": "IDENTITY"}), point) == point


@given(TRIPLE, POINT)
def test_a_scale_multiplies_each_axis(scale, point):
    found = affine.apply(matrix({"kind": "SCALE", "scale": scale}), point)
    assert close(found, [a * b for a, b in zip(scale, point, strict=True)])


@given(TRIPLE, POINT)
def test_a_translation_adds_to_each_axis(offset, point):
    found = affine.apply(matrix({"kind": "TRANSLATION", "translation": offset}), point)
    assert close(found, [a + b for a, b in zip(offset, point, strict=True)])


@given(st.permutations(AXES), POINT)
def test_a_map_of_axes_hands_them_on_under_other_names(order, point):
    given_ = {"kind": "MAP_AXIS", "inputAxes": AXES, "outputAxes": list(order)}
    found = affine.apply(matrix(given_), point)
    assert {name: found[AXES.index(name)] for name in order} == dict(zip(order, point, strict=True))


@given(TRIPLE, TRIPLE, POINT)
def test_a_sequence_is_one_step_after_the_other(scale, offset, point):
    steps = [
        {"kind": "SCALE", "scale": scale},
        {"kind": "TRANSLATION", "translation": offset},
    ]
    whole = transforms.matrix_of(TransformKind.SEQUENCE, {"steps": steps}, AXES, AXES)
    expected = point
    for step in steps:
        expected = affine.apply(matrix(step), expected)
    assert close(affine.apply(whole, point), expected)


@given(TRIPLE, NUMBER, POINT)
def test_parts_work_on_their_axes_alone(scale, offset, point):
    parts = [
        {"kind": "SCALE", "inputAxes": ["y", "x"], "outputAxes": ["y", "x"], "scale": scale[:2]},
        {"kind": "TRANSLATION", "inputAxes": ["z"], "outputAxes": ["z"], "translation": [offset]},
    ]
    for order in itertools.permutations(parts):
        found = affine.apply(matrix({"kind": "BY_DIMENSION", "parts": list(order)}), point)
        z, y, x = point
        assert close(found, (z + offset, y * scale[0], x * scale[1]))


@given(TRIPLE, TRIPLE, POINT)
def test_there_and_back_again(scale, offset, point):
    there = affine.compose(affine.scaling(scale), affine.shifting(offset))
    back = affine.invert(there)
    assert back is not None
    assert close(affine.apply(back, affine.apply(there, point)), point)


@given(st.lists(st.lists(NUMBER, min_size=4, max_size=4), min_size=3, max_size=3), POINT)
def test_any_affine_map_is_undone_or_is_flat(rows, point):
    there = matrix({"kind": "AFFINE", "affine": rows})
    back = affine.invert(there)
    assume(back is not None)
    size = max(abs(one) for row in back for one in row)
    assume(size < 1e3)  # nearly flat ones lose the digits that are compared
    assert close(affine.apply(back, affine.apply(there, point)), point)


@given(TRIPLE, st.lists(st.tuples(NUMBER, NUMBER), min_size=3, max_size=3), st.data())
def test_the_box_of_a_map_holds_the_image_of_every_point_of_the_box(scale, sides, data):
    low = tuple(min(side) for side in sides)
    high = tuple(max(side) for side in sides)
    there = affine.scaling(scale)
    least, most = affine.box_image(there, (low, high))
    point = [data.draw(st.floats(a, b)) for a, b in zip(low, high, strict=True)]
    image = affine.apply(there, point)
    assert all(a - 1e-6 <= one <= b + 1e-6 for a, one, b in zip(least, image, most, strict=True))


@pytest.mark.parametrize("angle", [0, 0.3, math.pi / 2, 2, -1])
def test_a_turn_is_a_rotation_and_keeps_lengths(angle):
    sine, cosine = math.sin(angle), math.cos(angle)
    rows = [[1, 0, 0, 0], [0, cosine, -sine, 5], [0, sine, cosine, 6]]
    found = matrix({"kind": "ROTATION", "affine": rows})
    origin, point = affine.apply(found, (0, 0, 0)), affine.apply(found, (1, 2, 3))
    assert math.isclose(math.dist(origin, point), math.dist((0, 0, 0), (1, 2, 3)))
    stretched = [[2 * one for one in row] for row in rows]
    with pytest.raises(InvalidInput):
        transforms.check({"kind": "ROTATION", "affine": stretched}, AXES, AXES)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"kind": "IDENTITY"}, TransformInvariance.ISOMETRY),
        ({"kind": "TRANSLATION", "translation": [1, 2, 3]}, TransformInvariance.ISOMETRY),
        ({"kind": "SCALE", "scale": [2, 2, -2]}, TransformInvariance.SIMILARITY),
        ({"kind": "SCALE", "scale": [2, 2, 3]}, TransformInvariance.AFFINE),
        ({"kind": "UNMAPPABLE"}, TransformInvariance.NONE),
        (
            {
                "kind": "BY_DIMENSION",
                "parts": [
                    {
                        "kind": "FIELD",
                        "inputAxes": ["x"],
                        "outputAxes": ["x"],
                        "field": {"system": "1"},
                    }
                ],
            },
            TransformInvariance.DIFFEOMORPHIC,
        ),
    ],
)
def test_what_survives_a_map_follows_from_its_numbers(given_, expected):
    edge = transforms.check(given_, AXES, AXES)
    assert transforms.invariance(edge.kind, edge.params) is expected


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("kind", ["SCALE", "TRANSLATION"])
def test_a_number_that_is_none_is_refused(kind, wrong):
    with pytest.raises(InvalidInput):
        transforms.check({"kind": kind, kind.lower(): [1, wrong, 1]}, AXES, AXES)


@given(st.sampled_from(["IDENTITY", "SCALE", "TRANSLATION"]), st.integers(1, 4), st.integers(1, 4))
def test_as_many_axes_come_out_as_go_in(kind, inputs, outputs):
    numbers = {} if kind == "IDENTITY" else {kind.lower(): [1.0] * inputs}
    try:
        found = transforms.numbers(kind, numbers, inputs, outputs)
    except InvalidInput:
        assert inputs != outputs
        return
    assert inputs == outputs
    assert found == numbers


def test_a_map_that_leaves_an_axis_out_is_no_affine_map():
    part = {"kind": "IDENTITY", "inputAxes": ["x"], "outputAxes": ["x"]}
    assert matrix({"kind": "BY_DIMENSION", "parts": [part]}) is None
    assert matrix({"kind": "UNMAPPABLE", "reason": "a table"}) is None
