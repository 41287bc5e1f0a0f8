"""What becomes of tests where something they need cannot be had."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import daemon
import pytest


@contextmanager
def or_skipped() -> Iterator[None]:
    """Skip what needs something that cannot be had on this machine; a fault is a fault."""
    try:
        yield
    except daemon.NoEngine as error:
        pytest.skip(str(error))  # it says what this machine lacks
