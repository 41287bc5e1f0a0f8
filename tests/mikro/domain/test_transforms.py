"""What a transformation means as a matrix, and what of it survives."""

from __future__ import annotations

import pytest

from chassis.errors import InvalidInput
from mikro_server.domain import affine, transforms
from mikro_server.domain.kinds import TransformInvariance as Kept
from mikro_server.domain.kinds import TransformKind

YX = ["y", "x"]


def matrix(given, inputs=YX, outputs=YX):
    edge = transforms.check(given, inputs, outputs)
    return transforms.matrix_of(edge.kind, edge.params, inputs, outputs)


@pytest.mark.parametrize(
    ("given", "point"),
    [
        ({"kind": "IDENTITY"}, (3, 5)),
        ({"kind": "SCALE", "scale": [2, 10]}, (6, 50)),
        ({"kind": "TRANSLATION", "translation": [1, -1]}, (4, 4)),
        ({"kind": "AFFINE", "affine": [[0, 1, 1], [1, 0, 0]]}, (6, 3)),
        ({"kind": "ROTATION", "affine": [[0, -1, 0], [1, 0, 0]]}, (-5, 3)),
        ({"kind": "MAP_AXIS", "inputAxes": YX, "outputAxes": ["x", "y"]}, (5, 3)),
        (
            {
                "kind": "BY_DIMENSION",
                "parts": [
                    {"kind": "SCALE", "inputAxes": ["x"], "outputAxes": ["y"], "scale": [2]},
                    {"kind": "IDENTITY", "inputAxes": ["y"], "outputAxes": ["x"]},
                ],
            },
            (10, 3),
        ),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_point_goes_where_the_kind_says(given, point):
    assert affine.apply(matrix(given), (3, 5)) == point


def test_a_sequence_is_its_steps_in_order():
    steps = [
        {"kind": "SCALE", "scale": [2.0, 2.0]},
        {"kind": "TRANSLATION", "translation": [1.0, 0.0]},
    ]
    found = transforms.matrix_of(TransformKind.SEQUENCE, {"steps": steps}, YX, YX)
    assert affine.apply(found, (3, 5)) == (7, 10)
    assert transforms.invariance(TransformKind.SEQUENCE, {"steps": steps}) is Kept.SIMILARITY


def test_what_is_no_affine_map_has_no_matrix():
    field = {"kind": "FIELD", "inputAxes": YX, "outputAxes": ["y"], "field": {"system": 1}}
    assert matrix({"kind": "BY_DIMENSION", "parts": [field]}) is None
    assert matrix({"kind": "UNMAPPABLE", "reason": "another sample"}) is None
    some = {"kind": "IDENTITY", "inputAxes": ["x"], "outputAxes": ["x"]}
    assert matrix({"kind": "BY_DIMENSION", "parts": [some]}) is None
    edge = transforms.check({"kind": "BY_DIMENSION", "parts": [field]}, YX, YX)
    assert transforms.invariance(edge.kind, edge.params) is Kept.DIFFEOMORPHIC


@pytest.mark.parametrize(
    ("kind", "params", "kept"),
    [
        (TransformKind.IDENTITY, {}, Kept.ISOMETRY),
        (TransformKind.SCALE, {"scale": [2, -2]}, Kept.SIMILARITY),
        (TransformKind.SCALE, {"scale": [2, 3]}, Kept.AFFINE),
        (TransformKind.AFFINE, {"affine": [[1, 0, 0], [0, 1, 0]]}, Kept.AFFINE),
        (TransformKind.UNMAPPABLE, {}, Kept.NONE),
    ],
)
def test_invariance(kind, params, kept):
    assert transforms.invariance(kind, params) is kept


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "SCALE", "scale": [float("nan"), 1]},
        {"kind": "SCALE"},
        {"kind": "TRANSLATION", "translation": [1]},
        {"kind": "AFFINE", "affine": [[1, 0, 0]]},
        {"kind": "AFFINE", "affine": [[1, 0], [0, 1]]},
        {"kind": "MAP_AXIS", "inputAxes": ["y", "y"], "outputAxes": YX},
        {"kind": "MAP_AXIS", "inputAxes": YX, "outputAxes": ["x"]},
        {"kind": "UNMAPPABLE", "scale": [1, 1]},
        {
            "kind": "BY_DIMENSION",
            "parts": [{"kind": "SCALE", "inputAxes": ["x"], "outputAxes": ["x"], "affine": [[1]]}],
        },
        {
            "kind": "BY_DIMENSION",
            "parts": [{"kind": "IDENTITY", "inputAxes": ["x"], "outputAxes": ["x"]}] * 2,
        },
        {
            "kind": "BY_DIMENSION",
            "parts": [{"kind": "FIELD", "inputAxes": ["x"], "outputAxes": ["x"]}],
        },
    ],
)
def test_what_does_not_fit_is_refused(given):
    with pytest.raises(InvalidInput):
        transforms.check(given, YX, YX)


def test_ranks_must_agree():
    with pytest.raises(InvalidInput):
        transforms.check({"kind": "IDENTITY"}, YX, ["z", "y", "x"])
