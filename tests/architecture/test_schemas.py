"""The committed SDLs are published: what they offer is described."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    build_schema,
)
from sources import ROOT, SERVICES

#: Written by the library, not by us.
FOREIGN = {
    "OffsetPaginationInput",
    "PageInfo",
    "StrFilterLookup",
    "_Any",
    "_Entity",
    "_Service",
}
FOREIGN_FIELDS = {"AND", "DISTINCT", "NOT", "OR"}


def undescribed(sdl: str) -> Iterator[str]:
    """Yield the types and fields of a schema that no text explains."""
    for name, kind in build_schema(sdl).type_map.items():
        if name.startswith("__") or name in FOREIGN:
            continue
        fields = {}
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            fields = kind.fields
        if not kind.description and not is_plain(kind) and name not in ROOTS:
            yield name
        for field_name, field in fields.items():
            if not field.description and field_name not in FOREIGN_FIELDS:
                yield f"{name}.{field_name}"


ROOTS = {"Query", "Mutation", "Subscription"}


def is_plain(kind: object) -> bool:
    """Enums say what they are by their values, and the scalars of GraphQL are known."""
    return isinstance(kind, GraphQLEnumType) or (
        isinstance(kind, GraphQLScalarType)
        and kind.name in {"String", "Int", "Float", "Boolean", "ID", "UUID"}
    )


def services_with_graphql() -> list[str]:
    return [one for one in SERVICES if (ROOT / one / f"{one}_server" / "graphql").is_dir()]


@pytest.mark.parametrize("service", services_with_graphql())
def test_every_type_and_field_has_a_description(service: str) -> None:
    sdl = (ROOT / service / "schema.graphql").read_text(encoding="utf8")
    assert [*undescribed(sdl)] == []


def test_a_missing_description_is_seen() -> None:
    sdl = 'type Query { a: Int "Described." b: Int c: Thing } type Thing { "x" y: Int }'
    assert sorted(undescribed(sdl)) == ["Query.a", "Query.c", "Thing"]
