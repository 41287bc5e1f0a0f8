"""Names can be shown, and texts fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidInput
from mikro_server.domain.text import LONGEST_NAME, checked_name, checked_text


@given(st.text(max_size=50))
def test_a_name_is_refused_or_printable(value):
    try:
        name = checked_name(value)
    except InvalidInput:
        return
    assert name.isprintable()
    assert name == name.strip() != ""
    assert checked_name(name) == name


@pytest.mark.parametrize(
    "value", ["", " ", "a\x00b", "a\nb", "\u202eabc", "x" * (LONGEST_NAME + 1)]
)
def test_bad_names(value):
    with pytest.raises(InvalidInput) as refused:
        checked_name(value, "title")
    assert refused.value.field == "title"


def test_texts():
    assert checked_text(None) is None
    assert checked_text("two\nlines") == "two\nlines"
    for wrong in ("a\x00", "x" * 100_001):
        with pytest.raises(InvalidInput):
            checked_text(wrong)
