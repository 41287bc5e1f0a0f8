"""How much of the released client's schema is served, and what is said about the rest."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import clients_venv
import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema

from chassis.testing import tenancy
from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member
from rekuest_server.graphql.schema import schema

#: Root fields of the client's schema that are served; the numbers may rise, never fall.
LEAST = {"query": 42, "mutation": 45, "subscription": 4}


@pytest.fixture(scope="module")
def released() -> GraphQLSchema:
    """The schema the released client was written against, read from its package."""
    path = Path(clients_venv.find()) / "rekuest" / "api" / "schema.graphql"
    return build_schema(path.read_text(encoding="utf8"), assume_valid=True, assume_valid_sdl=True)


def fields(of: GraphQLSchema, kind: str) -> set[str]:
    root: GraphQLObjectType | None = getattr(of, f"{kind}_type")
    return set() if root is None else {name for name in root.fields if not name.startswith("_")}


@pytest.mark.parametrize("kind", sorted(LEAST))
def test_what_is_served_only_grows(released: GraphQLSchema, kind: str) -> None:
    ours = tenancy.core_schema(schema)
    wanted, served = fields(released, kind), fields(ours, kind)
    others = ", ".join(sorted(wanted - served))
    sys.stdout.write(f"{kind}: {len(wanted & served)} of {len(wanted)} served; not yet: {others}\n")
    assert len(wanted & served) >= LEAST[kind], others


def document_for(released: GraphQLSchema, kind: str, name: str) -> str:
    """Return a document that calls the field with typed variables, as the client would."""
    stand_in: Any = SimpleNamespace(_schema=released)
    root = tenancy.RootField(kind, name)
    arguments = getattr(released, f"{kind}_type").fields[name].args
    document, _ = tenancy.operation_for(stand_in, root, dict.fromkeys(arguments, 1))
    return document


@pytest.mark.parametrize("kind", ["query", "mutation"])
async def test_what_is_not_served_is_said_so(
    released: GraphQLSchema, graphql: GraphQLClient, ours: tuple[Member, Any], kind: str
) -> None:
    missing = fields(released, kind) - fields(tenancy.core_schema(schema), kind)
    assert missing
    for name in sorted(missing):
        answer = await graphql(document_for(released, kind, name), ours[0])
        assert answer.codes == ["NOT_SUPPORTED"], (name, answer.errors)
        assert answer.errors[0]["extensions"]["field"] == name
        assert name in answer.errors[0]["message"]


async def test_a_field_that_nobody_has_below_a_root_is_the_callers_mistake(
    graphql: GraphQLClient, ours: tuple[Member, Any]
) -> None:
    assert (await graphql("{ actions { gone } }", ours[0])).codes == ["INVALID_INPUT"]
