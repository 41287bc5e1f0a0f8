"""Which version this is."""

from __future__ import annotations

import importlib.metadata


def version() -> str:
    """Return the version of the installed distribution."""
    return importlib.metadata.version("bauhof")
