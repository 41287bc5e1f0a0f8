"""Texts people give: names that can be shown, descriptions that fit."""

from __future__ import annotations

from chassis.errors import InvalidInput

LONGEST_NAME = 1000
LONGEST_TEXT = 100_000


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
