"""The only source of wall-clock time; tests replace it by patching `now`."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current moment as an aware datetime in UTC."""
    return datetime.now(UTC)
