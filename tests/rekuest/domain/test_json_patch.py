"""Patches of states."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekuest_server.domain.json_patch import PatchFailed, apply_patch

VALUES = st.none() | st.integers() | st.text(max_size=3)
KEYS = st.text(max_size=3)


def pointer(*tokens: object) -> str:
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


@pytest.mark.parametrize(
    ("document", "op", "path", "value", "expected"),
    [
        ({"a": 1}, "replace", "/a", 2, {"a": 2}),
        ({"a": 1}, "add", "/b", 2, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, "remove", "/a", None, {"b": 2}),
        ({"a": [1, 3]}, "add", "/a/1", 2, {"a": [1, 2, 3]}),
        ({"a": [1]}, "add", "/a/-", 2, {"a": [1, 2]}),
        ({"a": [1, 2]}, "remove", "/a/0", None, {"a": [2]}),
        ({"a": [1, 2]}, "replace", "/a/1", 9, {"a": [1, 9]}),
        ({"a": {"b/c": 1}}, "replace", "/a/b~1c", 2, {"a": {"b/c": 2}}),
        ({"a": 1}, "replace", "", 5, 5),
        ({"a": 1}, "remove", "/", None, None),
    ],
)
def test_operations(document: Any, op: str, path: str, value: Any, expected: Any) -> None:
    assert apply_patch(document, op, path, value) == expected


@pytest.mark.parametrize(
    ("document", "op", "path"),
    [
        ({}, "remove", "/a"),
        ({}, "replace", "/a/b"),
        ([], "replace", "/0"),
        ([], "add", "/x"),
        (3, "add", "/a"),
        ({"a": 1}, "move", "/a"),
        ([1], "test", "/0"),
    ],
)
def test_what_does_not_fit_is_told(document: Any, op: str, path: str) -> None:
    with pytest.raises(PatchFailed):
        apply_patch(document, op, path, 1)


@given(st.dictionaries(KEYS, VALUES, max_size=5), KEYS.filter(bool), VALUES)
def test_a_value_that_was_put_is_there(document: dict[str, Any], key: str, value: Any) -> None:
    expected = document | {key: value}
    assert apply_patch(document, "add", pointer(key), value) == expected


@given(st.lists(VALUES, max_size=6), VALUES, st.data())
def test_adding_and_removing_in_a_list_is_nothing(
    items: list[Any], value: Any, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(items)))
    before = list(items)
    document = apply_patch({"l": items}, "add", pointer("l", place), value)
    assert document["l"][place] == value
    assert apply_patch(document, "remove", pointer("l", place), None) == {"l": before}
