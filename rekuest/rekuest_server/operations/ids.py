"""Ids on the wire are strings; in the database they are numbers."""

from __future__ import annotations

_LARGEST = 2**63 - 1


def parse_id(text: str | int | None) -> int | None:
    """Return the number an id stands for, or None if it cannot be one."""
    try:
        number = int(text) if text is not None else None
    except ValueError:
        return None
    return number if number is not None and 0 < number <= _LARGEST else None


def parse_task(text: str | None) -> int | None:
    """Return the task an agent means: the name of any of its runs, or its id."""
    return None if text is None else parse_id(text.partition("-")[0])
