"""The committed schema is what the service serves."""

from __future__ import annotations

from pathlib import Path

from chassis.graphql import print_sdl
from rekuest_server.graphql.schema import schema

COMMITTED = Path(__file__).parents[3] / "rekuest" / "schema.graphql"


def test_committed_schema_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf8") == print_sdl(schema), (
        "write it anew: python -m chassis.manage rekuest_server print_schema"
    )
