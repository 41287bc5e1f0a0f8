"""Requirements on states: pointers and operators."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekuest_server.domain.requirement import at_pointer, is_met, words_for

VALUE = {"x": 3, "name": "stage", "on": True, "axes": ["x", "y"], "a/b": {"~": 1}, "none": None}


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", VALUE),
        ("/x", 3),
        ("x", 3),
        ("/axes/1", "y"),
        ("/a~1b/~0", 1),
        ("/none", None),
    ],
)
def test_a_pointer_leads_to_its_place(pointer: str, found: Any) -> None:
    assert at_pointer(VALUE, pointer) == found


@pytest.mark.parametrize("path", ["/gone", "/axes/2", "/axes/-1", "/x/y", "/axes/x", "/axes/²"])
def test_what_is_not_there_only_differs(path: str) -> None:
    for operator, met in (("EQUALS", False), ("NOT_EQUALS", True), ("NOT_IN", True), ("IN", False)):
        assert is_met({"path": path, "operator": operator, "value": [1]}, VALUE) is met
    assert is_met({"path": path, "operator": "EXISTS"}, VALUE) is False
    assert is_met({"path": path, "operator": "EXISTS", "value": False}, VALUE) is True


@pytest.mark.parametrize(
    ("path", "operator", "value", "met"),
    [
        ("/x", "EQUALS", 3, True),
        ("/x", "EQUALS", "3", False),
        ("/x", "NOT_EQUALS", 4, True),
        ("/x", "LTE", 3, True),
        ("/x", "LTE", 2.9, False),
        ("/x", "GTE", 3, True),
        ("/x", "GTE", 4, False),
        ("/name", "GTE", "stag", True),
        ("/name", "LTE", 3, False),
        ("/on", "GTE", 0, False),
        ("/x", "GTE", True, False),
        ("/axes", "CONTAINS", "x", True),
        ("/axes", "CONTAINS", "z", False),
        ("/name", "CONTAINS", "age", True),
        ("/name", "CONTAINS", 1, False),
        ("/x", "CONTAINS", 3, False),
        ("/x", "IN", [1, 3], True),
        ("/x", "IN", 3, False),
        ("/x", "NOT_IN", [1], True),
        ("/x", "NOT_IN", [3], False),
        ("/name", "MATCHES", "^st", True),
        ("/name", "MATCHES", "^x", False),
        ("/name", "MATCHES", "(", False),
        ("/x", "MATCHES", "3", False),
        ("/none", "EXISTS", None, True),
        ("/x", "UNHEARD_OF", 3, False),
    ],
)
def test_operators(path: str, operator: str, value: Any, met: bool) -> None:
    assert is_met({"path": path, "operator": operator, "value": value}, VALUE) is met


@given(st.integers(), st.integers())
def test_what_is_at_most_and_at_least_is_equal(found: int, wanted: int) -> None:
    both = all(
        is_met({"path": "/v", "operator": operator, "value": wanted}, {"v": found})
        for operator in ("LTE", "GTE")
    )
    assert both is (found == wanted)


def test_an_unmet_requirement_is_told_in_words() -> None:
    told = words_for({"state": "stage", "path": "/x", "operator": "LTE", "value": 1})
    assert told == "stage/x does not meet LTE 1."
