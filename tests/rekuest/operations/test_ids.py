"""Ids as they come over the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekuest_server.operations.ids import parse_id


@given(st.integers(1, 2**63 - 1))
def test_a_number_is_an_id_as_a_text_and_as_itself(number: int) -> None:
    assert parse_id(number) == parse_id(str(number)) == number


@given(st.integers(max_value=0) | st.integers(min_value=2**63))
def test_a_number_no_row_has_is_none(number: int) -> None:
    assert parse_id(number) is None
    assert parse_id(str(number)) is None


@pytest.mark.parametrize("text", [None, "", "x", "1.0", "1e3", "0x1", "-", "9" * 5000])
def test_what_is_no_number_is_none(text: str | None) -> None:
    assert parse_id(text) is None


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    found = parse_id(text)
    assert found is None or found > 0
