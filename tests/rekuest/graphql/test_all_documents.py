"""Every document of the released client is answered: with data or with a known code."""

from __future__ import annotations

from typing import Any

import pytest
import world
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    VariableDefinitionNode,
    parse,
    type_from_ast,
)

from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member
from chassis.testing.tenancy import core_schema
from rekuest_server.graphql.schema import schema

Ours = tuple[Member, world.Rows]
Documents = dict[str, str]
CORE = core_schema(schema)
SAMPLES: dict[str, Any] = {
    "ActionHash": "0" * 64,
    "Args": {},
    "Boolean": True,
    "ByteCount": 1,
    "DateTime": "2026-01-01T00:00:00Z",
    "ID": "1",
    "Int": 1,
    "String": "x",
}
#: What a call may be refused with when its values name nothing.
KNOWN_CODES = {
    "INVALID_INPUT",
    "NOT_FOUND",
    "NOT_SUPPORTED",
    "NO_TARGET",
    "TASK_FINISHED",
    "TASK_NOT_RUNNING",
}


def sample(kind: GraphQLInputType, *, full: bool) -> Any:
    """Return a value of a type; a full one leaves nothing out but what contains itself."""
    if isinstance(kind, GraphQLNonNull):
        return sample(kind.of_type, full=full)
    if isinstance(kind, GraphQLList):
        return [sample(kind.of_type, full=False)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        fields = kind.fields.items()
        if kind.name.endswith("Order"):  # exactly one key
            name, part = next(iter(fields))
            return {name: sample(part.type, full=False)}
        return {
            name: sample(part.type, full=False)
            for name, part in fields
            if isinstance(part.type, GraphQLNonNull) or full
        }
    return SAMPLES.get(str(kind), "x")


def variables_of(document: str, *, full: bool) -> dict[str, Any]:
    """Return values for the variables of a document; without `full` only the needed ones."""
    operation = next(
        node for node in parse(document).definitions if isinstance(node, OperationDefinitionNode)
    )
    return {
        node.variable.name.value: sample(_type(node), full=full)
        for node in operation.variable_definitions or ()
        if full or (isinstance(_type(node), GraphQLNonNull) and node.default_value is None)
    }


def _type(node: VariableDefinitionNode) -> GraphQLInputType:
    found = type_from_ast(CORE, node.type)
    assert found is not None
    return found  # type: ignore[return-value] # variables have input types


@pytest.mark.parametrize("full", [False, True], ids=["needed", "full"])
async def test_every_document_is_answered(
    graphql: GraphQLClient, documents: Documents, ours: Ours, full: bool
) -> None:
    answered: set[str] = set()
    for name, document in sorted(documents.items()):
        if name == "WatchMyTasks":
            continue
        answer = await graphql(document, ours[0], **variables_of(document, full=full))
        assert set(answer.codes) <= KNOWN_CODES, (name, answer.errors)
        if any("path" not in error for error in answer.errors):
            pytest.fail(f"{name}: {answer.errors}")
        answered.add(name)
    assert len(answered) == len(documents) - 1
