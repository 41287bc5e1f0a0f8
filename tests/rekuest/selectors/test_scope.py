"""Ids as strangers send them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import NotFound
from rekuest_server.selectors.scope import row_id, row_ids


@given(st.integers(0, 2**63 - 1))
def test_a_number_is_an_id_however_it_comes(number: int) -> None:
    assert row_id(number) == row_id(str(number)) == number


@given(st.one_of(st.text(), st.integers(max_value=-1), st.integers(min_value=2**63), st.none()))
def test_what_is_no_id_is_an_absent_object(value: object) -> None:
    text = str(value)
    if text.isascii() and text.isdigit() and int(text) < 2**63:
        return
    with pytest.raises(NotFound):
        row_id(value)
    assert row_ids([value]) == []
