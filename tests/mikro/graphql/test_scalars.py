"""Scalars: what each takes, and what it says to what it does not."""

from __future__ import annotations

import math
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidInput
from mikro_server.graphql.scalars import SCALARS, ByteCount, ThreeDVector
from mikro_server.graphql.transformation_part import part_of

BY_NAME = {one.name: one for one in SCALARS.values()}
TEXTS = sorted(set(BY_NAME) - {"Any", "ByteCount", "ThreeDVector", "UUID"})
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=5,
)


def read(name, value):
    return BY_NAME[name].parse_value(value)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize(
    ("value", "text"), [("10 um", "10 um"), ("7", "7"), (7, "7"), (0.5, "0.5"), ("x" * 1000,) * 2]
)
def test_a_quantity_or_an_id_is_a_text_or_a_number(name, value, text):
    assert read(name, value) == text


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("value", ["", "x" * 1001, None, True, False, [], ["a"], {"a": 1}])
def test_a_quantity_or_an_id_is_nothing_else(name, value):
    with pytest.raises(ValueError, match="1 to 1000"):
        read(name, value)


@pytest.mark.parametrize("value", [0, 1, 2**31, 2**53 + 1, 2**63 - 1])
def test_a_number_of_bytes_may_be_larger_than_an_int(value):
    assert SCALARS[ByteCount].parse_value(value) == value


@pytest.mark.parametrize("value", [-1, 2**63, 1.0, "1", True, None, [1], math.inf])
def test_a_number_of_bytes_is_whole_and_fits(value):
    with pytest.raises(ValueError, match="whole number"):
        SCALARS[ByteCount].parse_value(value)


@given(st.lists(st.integers(-1000, 1000) | st.floats(-1e6, 1e6), min_size=2, max_size=3))
def test_a_point_is_its_numbers(point):
    found = SCALARS[ThreeDVector].parse_value(point)
    assert found == [float(one) for one in point]
    assert all(isinstance(one, float) for one in found)


@given(JSON)
def test_whatever_is_sent_is_a_point_or_refused(value):
    try:
        found = SCALARS[ThreeDVector].parse_value(value)
    except (InvalidInput, ValueError):
        return
    assert len(found) == len(value) in (2, 3)


@given(JSON)
def test_no_json_value_breaks_a_scalar(value):
    for name in ("ByteCount", "UUID", "Length", "ArrayLike"):
        try:
            found = read(name, value)
        except ValueError:
            continue
        assert isinstance(found, int | str | uuid.UUID)


@given(st.uuids())
def test_a_uuid_is_read_and_written(value):
    scalar = BY_NAME["UUID"]
    assert scalar.parse_value(str(value)) == scalar.parse_value(value.hex) == value
    assert scalar.serialize(value) == str(value)


@pytest.mark.parametrize(
    ("outputs", "types", "values", "spatial", "dereference"),
    [
        (["x"], {"x": "SPACE"}, "SCALAR", True, False),
        (["y", "x"], {"y": "SPACE", "x": "SPACE"}, "COORDINATE", True, False),
        (["t"], {"t": "TIME"}, "SCALAR", False, False),
        (["object"], {"object": "INDEX"}, "SCALAR", False, True),
        (["object", "x"], {"object": "INDEX", "x": "SPACE"}, "COORDINATE", True, True),
        (["q"], {}, "SCALAR", False, False),
    ],
)
def test_a_field_says_what_its_values_are(outputs, types, values, spatial, dereference):
    field = {"system": 7, "unit": "um", "min": 1.5}
    found = part_of(
        {"kind": "FIELD", "inputAxes": ["x"], "outputAxes": outputs, "field": field}, types
    )
    said = found.field.values, found.field.spatial, found.field.dereference
    assert said == (values, spatial, dereference)
    assert (found.field.system_id, found.field.unit) == (7, "um")
    assert (found.field.min, found.field.max) == (1.5, None)
    assert (found.scale, found.translation, found.affine) == ([], [], [])


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("IDENTITY", {}),
        ("SCALE", {"scale": [2.0]}),
        ("TRANSLATION", {"translation": [3.0]}),
        ("AFFINE", {"affine": [[1.0, 2.0]]}),
        ("ROTATION", {"affine": [[1.0, 0.0]]}),
    ],
)
def test_a_part_fills_the_field_of_its_kind_and_no_other(kind, numbers):
    found = part_of({"kind": kind, "inputAxes": ["y"], "outputAxes": ["x"], **numbers}, {})
    assert (found.kind.value, found.input_axes, found.output_axes) == (kind, ["y"], ["x"])
    assert found.field is None
    for name in ("scale", "translation", "affine"):
        assert getattr(found, name) == numbers.get(name, [])
