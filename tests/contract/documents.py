"""The GraphQL documents of the released clients, read as text out of their wheels.

A client module is never imported here: its source is parsed and the string constants named
``document`` are taken, so the server's interpreter needs none of the clients' dependencies.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
    specified_rules,
    validate,
)


@dataclass(frozen=True)
class Client:
    """One released client: where its documents lie and which service has to serve them."""

    name: str
    service: str
    documents: int


CLIENTS = (
    Client("rekuest", "rekuest", 72),
    Client("unlok", "fakts", 43),
    Client("kabinet", "kabinet", 45),
    Client("mikro", "mikro", 178),
)


def _constants(source: str) -> Iterator[str]:
    for outer in ast.walk(ast.parse(source)):
        if not isinstance(outer, ast.ClassDef) or outer.name != "Meta":
            continue
        for statement in outer.body:
            if not isinstance(statement, ast.Assign):
                continue
            target = statement.targets[0]
            if isinstance(target, ast.Name) and target.id == "document":
                yield ast.literal_eval(statement.value)


def operations(site_packages: Path, client: str) -> dict[str, str]:
    """Every document of a client by the name of its operation."""
    source = (site_packages / client / "api" / "schema.py").read_text(encoding="utf8")
    found: dict[str, str] = {}
    for text in _constants(source):
        for definition in parse(text).definitions:
            if isinstance(definition, OperationDefinitionNode) and definition.name:
                found[definition.name.value] = text
    return found


def schema_of(path: Path) -> GraphQLSchema | None:
    """The committed SDL of a service, or None while the service has none."""
    return build_schema(path.read_text(encoding="utf8")) if path.exists() else None


def misfits(schema: GraphQLSchema | None, documents: dict[str, str]) -> dict[str, list[str]]:
    """What a schema cannot serve: operation name to the reasons."""
    if schema is None:
        return {name: ["the service has no schema.graphql"] for name in documents}
    found = {
        name: [error.message for error in validate(schema, parse(text), specified_rules)]
        for name, text in documents.items()
    }
    return {name: reasons for name, reasons in found.items() if reasons}
