"""When a source that failed is tried again."""

from __future__ import annotations

_LONGEST_SECONDS = 24 * 3600.0
_MOST_DOUBLINGS = 30


def wait_seconds(failures: int, first: float) -> float:
    """Return the wait after so many failures in a row: doubled each time, a day at most."""
    if failures < 1:
        return 0.0
    return min(first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS), _LONGEST_SECONDS)
