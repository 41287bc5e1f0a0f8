"""Everything the dashboard asks of a service is in that service's public SDL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "gateway" / "dashboard" / "src"
SERVICES = ("fakts", "rekuest", "mikro", "kabinet")


def schema_of(service: str) -> GraphQLSchema:
    return build_schema((ROOT / service / "schema.graphql").read_text(encoding="utf8"))


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_is_in_the_public_sdl(service: str) -> None:
    folders = (SOURCES / "operations" / name for name in (service, "shared"))
    files = sorted(path for folder in folders for path in folder.glob("*.graphql"))
    text = "\n".join(path.read_text(encoding="utf8") for path in files)
    schema = schema_of(service)
    assert validate(schema, parse(text)) == []
    wrong = re.sub(r"\{ id\b", "{ idOfNobody", text, count=1)
    assert wrong != text
    assert validate(schema, parse(wrong))


def test_no_operation_is_written_anywhere_else() -> None:
    found = [
        str(path.relative_to(SOURCES))
        for path in [*SOURCES.rglob("*.ts"), *SOURCES.rglob("*.tsx")]
        if "gen" not in path.relative_to(SOURCES).parts
        and ".test." not in path.name
        and re.search(
            r"[\"'`]\s*(query|mutation|subscription)\s*\w*\s*[({]", path.read_text("utf8")
        )
    ]
    assert found == []
