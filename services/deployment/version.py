"""Which version this is."""

from __future__ import annotations

import importlib.metadata


def version() -> str:
    """Return the version of the installed distribution."""
    return importlib.metadata.version("bauhof")


def version_numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of a version, for comparing: `0.10.2rc1` gives (0, 10, 2)."""
    parts = []
    for part in text.split("+")[0].split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        parts.append(int(digits) if digits else 0)
    return tuple(parts)
