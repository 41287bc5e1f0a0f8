"""Names and texts that people give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidInput
from rekuest_server.domain.text import LONGEST_NAME, LONGEST_TEXT, name_of, text_of


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\x00b", "x" * (LONGEST_NAME + 1)])
def test_a_name_that_cannot_be_shown_is_refused_by_its_field(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        name_of(name, "name")
    assert refused.value.field == "name"


@given(st.text(min_size=1, max_size=40).filter(lambda text: text.strip().isprintable()))
def test_a_name_stands_without_blanks_around_it(text: str) -> None:
    if text.strip():
        assert name_of(f"  {text} ", "name") == text.strip()


def test_the_longest_name_fits() -> None:
    assert name_of("x" * LONGEST_NAME, "name") == "x" * LONGEST_NAME


@pytest.mark.parametrize("text", ["a\x00", "x" * (LONGEST_TEXT + 1)])
def test_a_text_the_database_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        text_of(text, "description")
    assert refused.value.field == "description"


@pytest.mark.parametrize("text", [None, "", "two\nlines", "x" * LONGEST_TEXT])
def test_other_texts_stay_as_they_are(text: str | None) -> None:
    assert text_of(text, "description") == text
