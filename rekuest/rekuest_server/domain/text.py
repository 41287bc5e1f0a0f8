"""Texts that people give: names and descriptions, checked before they are stored."""

from __future__ import annotations

from chassis.errors import InvalidInput

LONGEST_NAME = 400
LONGEST_TEXT = 20_000


def name_of(value: str, field: str, *, longest: int = LONGEST_NAME) -> str:
    """Return a name without blanks around it; it has 1 to 400 characters and no control ones."""
    name = value.strip()
    if not name or len(name) > longest or not name.isprintable():
        raise InvalidInput(f"{field} has 1 to {longest} printable characters.", field=field)
    return name


def text_of(value: str | None, field: str, *, longest: int = LONGEST_TEXT) -> str | None:
    """Return a longer text; it has at most 20,000 characters and no zero character."""
    if value is not None and (len(value) > longest or "\x00" in value):
        raise InvalidInput(
            f"{field} has at most {longest} characters and no zero character.", field=field
        )
    return value
