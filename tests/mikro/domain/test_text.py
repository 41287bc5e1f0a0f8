"""Names can be shown, and texts fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidInput
from mikro_server.domain.text import LONGEST_NAME, checked_name, checked_text, search_query


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


@given(st.text(max_size=80))
def test_whatever_is_typed_becomes_a_query_that_postgres_can_read(value):
    query = search_query(value)
    if query is None:
        return
    for part in query.split(" & "):
        word = part.removesuffix(":*")
        assert part.endswith(":*")
        assert word[0] == word[-1] == "'"
        assert not set(word[1:-1]) & set("'\\:&|!()<>* \t\n\x00")


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("", None),
        ("  ", None),
        ("%_-", None),
        ("\x00", None),
        ("cells", "'cells':*"),
        ("cells_2024-01.czi", "'cells':* & '2024':* & '01':* & 'czi':*"),
        ("  two   words ", "'two':* & 'words':*"),
        ("O'Neill", "'O':* & 'Neill':*"),
        ("µm Größe", "'µm':* & 'Größe':*"),
        ("a:*|b", "'a':* & 'b':*"),
    ],
)
def test_each_word_must_begin_a_word(typed, query):
    assert search_query(typed) == query


def test_an_endless_search_is_cut():
    assert search_query("word " * 1000).count("&") == 31
