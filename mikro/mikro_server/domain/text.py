"""Texts people give: names that can be shown, descriptions that fit."""

from __future__ import annotations

import re

from chassis.errors import InvalidInput

LONGEST_NAME = 1000
LONGEST_TEXT = 100_000
#: What stands between words, as PostgreSQL and Python both read it.
WORD_BREAKS = r"[\x01-/:-@\[-`{-\x7f]+"
_MOST_WORDS = 32


def checked_name(value: str, field: str = "name") -> str:
    """Return a name without blanks around it; control characters and emptiness are refused."""
    name = value.strip()
    if not name:
        raise InvalidInput("A name is not empty.", field=field)
    if len(name) > LONGEST_NAME:
        raise InvalidInput(f"A name has at most {LONGEST_NAME} characters.", field=field)
    if not name.isprintable():
        raise InvalidInput("A name has no control characters.", field=field)
    return name


def checked_text(value: str | None, field: str = "description") -> str | None:
    """Return a longer text; only NUL and sheer length are refused."""
    if value is None:
        return None
    if len(value) > LONGEST_TEXT or "\x00" in value:
        raise InvalidInput(f"A text has at most {LONGEST_TEXT} characters and no NUL.", field=field)
    return value


def search_query(value: str) -> str | None:
    """Return a text-search query for what somebody typed; None where it holds no word.

    Each word must begin a word of the text, in any case and order.
    """
    found = [word for word in re.split(WORD_BREAKS, value.replace("\x00", " ")) if word]
    return " & ".join(f"'{word}':*" for word in found[:_MOST_WORDS]) or None
