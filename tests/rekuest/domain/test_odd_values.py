"""Values and places that only an unfriendly or a broken program sends: judged, never a fault."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekuest_server.domain.json_patch import PatchFailed, apply_patch
from rekuest_server.domain.requirement import at_pointer, is_met
from rekuest_server.selectors.scope import row_ids

OPERATORS = (
    "EQUALS",
    "NOT_EQUALS",
    "LTE",
    "GTE",
    "CONTAINS",
    "IN",
    "NOT_IN",
    "MATCHES",
    "EXISTS",
    "UNHEARD_OF",
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
JSON = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
PATHS = st.lists(st.text(max_size=3) | st.integers().map(str), max_size=4).map("/".join)


@given(found=JSON, wanted=JSON, operator=st.sampled_from(OPERATORS), path=PATHS)
def test_every_requirement_has_an_answer(found: Any, wanted: Any, operator: str, path: str) -> None:
    requirement = {"path": path, "operator": operator, "value": wanted}
    assert is_met(requirement, found) in (True, False)


@given(found=JSON, wanted=JSON, path=PATHS)
def test_equal_and_not_equal_are_opposites(found: Any, wanted: Any, path: str) -> None:
    answers = [
        is_met({"path": path, "operator": operator, "value": wanted}, found)
        for operator in ("EQUALS", "NOT_EQUALS")
    ]
    assert sorted(answers) == [False, True]


@given(found=JSON, wanted=st.lists(JSON, max_size=3), path=PATHS)
def test_in_and_not_in_are_opposites(found: Any, wanted: list[Any], path: str) -> None:
    answers = [
        is_met({"path": path, "operator": operator, "value": wanted}, found)
        for operator in ("IN", "NOT_IN")
    ]
    assert sorted(answers) == [False, True]


@given(found=JSON, path=PATHS)
def test_a_place_exists_or_is_absent(found: Any, path: str) -> None:
    there = is_met({"path": path, "operator": "EXISTS"}, found)
    assert is_met({"path": path, "operator": "EXISTS", "value": True}, found) is there
    assert is_met({"path": path, "operator": "EXISTS", "value": False}, found) is not there


@pytest.mark.parametrize(
    ("value", "wanted", "met"),
    [
        ({"a": 1}, "a", True),
        ({"a": 1}, "b", False),
        ({"a": 1}, ["a"], False),
        ({"a": 1}, {"a": 1}, False),
        ({"1": 1}, 1, False),
        ([["a"]], ["a"], True),
        ([{"a": 1}], {"a": 1}, True),
        ([{"a": 1}], {"a": 2}, False),
        ([], None, False),
        ([None], None, True),
        (None, None, False),
    ],
)
def test_what_contains_what(value: Any, wanted: Any, met: bool) -> None:
    assert is_met({"path": "", "operator": "CONTAINS", "value": wanted}, value) is met


@pytest.mark.parametrize("operator", ["LTE", "GTE"])
@pytest.mark.parametrize(
    ("found", "wanted"),
    [(None, 1), (1, None), ([1], [1]), ({}, {}), ("1", 1), (1, "1"), (float("nan"), 1.0)],
)
def test_what_has_no_order_is_neither_at_most_nor_at_least(
    operator: str, found: Any, wanted: Any
) -> None:
    assert is_met({"path": "/v", "operator": operator, "value": wanted}, {"v": found}) is False


def test_a_pattern_longer_than_any_needed_is_not_tried() -> None:
    value = {"v": "a" * 3000}
    assert is_met({"path": "/v", "operator": "MATCHES", "value": "a" * 1000}, value)
    assert not is_met({"path": "/v", "operator": "MATCHES", "value": "a" * 1001}, value)
    ends = {"v": "a" * 1000 + "b"}
    assert not is_met({"path": "/v", "operator": "MATCHES", "value": "b"}, ends)


@pytest.mark.parametrize("digits", [18, 19, 4000, 5000])
def test_a_place_far_behind_the_end_is_not_there(digits: int) -> None:
    place = "9" * digits
    requirement = {"path": f"/{place}", "operator": "EXISTS"}
    assert is_met(requirement, [1, 2]) is False
    assert is_met(requirement, {place: 1}) is True
    assert at_pointer({place: 1}, place) == 1


@pytest.mark.parametrize("op", ["add", "replace", "remove"])
@pytest.mark.parametrize("place", ["9" * 30, "9" * 5000, "", "x", "1.0", "²", "1e2"])
def test_a_patch_of_no_place_in_a_list_is_told(op: str, place: str) -> None:
    document = {"l": [1, 2]}
    with pytest.raises(PatchFailed):
        apply_patch(document, op, f"/l/{place}", 3)
    assert document == {"l": [1, 2]}


@given(document=JSON, op=st.sampled_from(["add", "replace", "remove", "move"]), path=PATHS)
def test_a_patch_is_applied_or_refused(document: Any, op: str, path: str) -> None:
    try:
        changed = apply_patch(document, op, path, "new")
    except PatchFailed as refusal:
        assert str(refusal)
    else:
        assert op != "remove" or changed is None or isinstance(changed, dict | list)


@pytest.mark.parametrize("digits", [19, 20, 4300, 4301, 100_000])
def test_a_number_no_row_can_have_is_left_out(digits: int) -> None:
    assert row_ids(["1", "9" * digits, 2]) == [1, 2]
