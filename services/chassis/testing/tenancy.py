"""The tenancy test every service inherits: each root field against strangers.

In the suite of a service:

    class TestTenancy(TenancySuite):
        schema = SCHEMA
        @pytest_asyncio.fixture
        async def world(self, mint):
            return World(ours=..., theirs=..., marker="...", arguments={...})

For every query and mutation root field a document is built from the schema, selecting all plain
fields two levels down, and sent by four callers: without a token, as a member without roles, as an
admin of another organization who knows our ids, and, as a control, by ourselves. A field with
required arguments that the world has no value for fails, so that nobody forgets one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
)
from strawberry import Schema

from chassis.testing.client import GraphQLAnswer, GraphQLClient
from chassis.testing.mint import Member, TokenMint

_SELECTION_DEPTH = 2
#: Fields all services share, of the installation and of no organization: the suite of the chassis
#: holds them against strangers.
SHARED = frozenset({"background", "retryJob", "forgetJobFailure"})
_SAMPLES: Mapping[str, Any] = {"String": "x", "Int": 1, "Float": 1.0, "Boolean": True}


@dataclass(frozen=True)
class RootField:
    """A query or mutation of a schema."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"


@dataclass(frozen=True)
class World:
    """Rows of our organization and how to ask for them.

    `arguments` maps a root field to values of its arguments that name our rows; `marker` is a text
    that stands in our rows and may never reach a stranger; `creates` names mutations that make
    something in the caller's own organization and so succeed for everyone with a role; `own` names
    fields that tell callers about themselves and so need no role.
    """

    ours: Member
    theirs: Member
    marker: str
    arguments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    creates: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()


def core_schema(schema: Schema) -> GraphQLSchema:
    """Return the graphql-core schema behind a strawberry one."""
    return schema._schema


def root_fields(schema: Schema) -> list[RootField]:
    """Return every query and mutation root field but those that all services share."""
    core = core_schema(schema)
    kinds = {"query": core.query_type, "mutation": core.mutation_type}
    return [
        RootField(kind, name)
        for kind, root in kinds.items()
        if root is not None
        for name in sorted(root.fields)
        if name not in SHARED
    ]


def operation_for(
    schema: Schema, root: RootField, arguments: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return a document that calls the root field, and its variables."""
    core = core_schema(schema)
    holder = core.query_type if root.kind == "query" else core.mutation_type
    assert holder is not None
    definition: GraphQLField = holder.fields[root.name]
    variables = {
        name: arguments[name] if name in arguments else _sample(argument.type, f"{root}({name})")
        for name, argument in definition.args.items()
        if name in arguments or _is_required(argument.type, argument.default_value)
    }
    head = ", ".join(f"${name}: {definition.args[name].type}" for name in variables)
    call = ", ".join(f"{name}: ${name}" for name in variables)
    selection = _selection(get_named_type(definition.type), _SELECTION_DEPTH)
    document = (
        f"{root.kind}{f'({head})' if head else ''} "
        f"{{ {root.name}{f'({call})' if call else ''}{selection} }}"
    )
    return document, variables


def _is_required(kind: GraphQLInputType, default: object) -> bool:
    return isinstance(kind, GraphQLNonNull) and type(default).__name__ == "UndefinedType"


def _sample(kind: GraphQLInputType, where: str) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return _sample(kind.of_type, where)
    if isinstance(kind, GraphQLList):
        return [_sample(kind.of_type, where)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: _sample(part.type, f"{where}.{name}")
            for name, part in kind.fields.items()
            if _is_required(part.type, part.default_value)
        }
    assert isinstance(kind, GraphQLScalarType)
    if kind.name not in _SAMPLES:
        pytest.fail(f"{where}: give the World a value for this argument of type {kind.name}")
    return _SAMPLES[kind.name]


def _selection(kind: object, depth: int) -> str:
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        leaf = isinstance(kind, GraphQLScalarType | GraphQLEnumType)
        return "" if leaf else " { __typename }"
    return " { " + " ".join(["__typename", *_plain_fields(kind, depth)]) + " }"


def _plain_fields(kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> Iterator[str]:
    for name, definition in kind.fields.items():
        if any(_is_required(arg.type, arg.default_value) for arg in definition.args.values()):
            continue
        inner = get_named_type(definition.type)
        if isinstance(inner, GraphQLScalarType | GraphQLEnumType):
            yield name
        elif depth > 1:
            yield name + _selection(inner, depth - 1)


def parametrize_root_fields(metafunc: pytest.Metafunc) -> None:
    """Parametrise the tests of a `TenancySuite` with the root fields of its schema."""
    suite = metafunc.cls
    if suite is not None and issubclass(suite, TenancySuite) and "root" in metafunc.fixturenames:
        roots = [root for root in root_fields(suite.schema) if root.name not in suite.elsewhere]
        metafunc.parametrize("root", roots, ids=str)


class TenancySuite:
    """Derive from this; give `schema` and a fixture `world`.

    `elsewhere` names fields that another test of the suite holds against the same strangers.
    """

    schema: ClassVar[Schema]
    elsewhere: ClassVar[frozenset[str]] = frozenset()

    async def _ask(
        self, graphql: GraphQLClient, root: RootField, world: World, member: Member | None
    ) -> GraphQLAnswer:
        arguments = world.arguments.get(root.name, {})
        document, variables = operation_for(self.schema, root, arguments)
        return await graphql(document, member, **variables)

    async def test_ourselves_are_served(
        self, graphql: GraphQLClient, root: RootField, world: World
    ) -> None:
        """The control: the document is right and the rows are there."""
        answer = await self._ask(graphql, root, world, world.ours)
        refused = {"UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND", "INTERNAL_ERROR"}
        # An error without a data path is a document or an argument that is not right.
        invalid = [error for error in answer.errors if "path" not in error]
        assert not invalid, invalid
        assert not refused.intersection(answer.codes), answer.errors

    async def test_anonymous_is_refused(
        self, graphql: GraphQLClient, root: RootField, world: World
    ) -> None:
        """No token, no answer."""
        answer = await self._ask(graphql, root, world, None)
        assert (answer.status, answer.codes) == (403, ["UNAUTHENTICATED"])

    async def test_other_organization_learns_nothing(
        self, graphql: GraphQLClient, root: RootField, world: World
    ) -> None:
        """Our ids in a stranger's hands look like ids that were never given out."""
        answer = await self._ask(graphql, root, world, world.theirs)
        assert world.marker not in json.dumps([answer.data, answer.errors])
        if root.name in world.creates or root.name in world.own:
            return
        found = (answer.data or {}).get(root.name)
        if world.arguments.get(root.name):
            assert not found or _is_empty_page(found), found
        assert set(answer.codes) <= {"NOT_FOUND", "NOT_SUPPORTED"}, answer.errors

    async def test_member_without_roles_is_refused(
        self, graphql: GraphQLClient, root: RootField, world: World, mint: TokenMint
    ) -> None:
        """Membership alone gives no right."""
        if root.name in world.own:
            return
        claims = world.ours.principal
        nobody = mint.member(
            sub=claims.subject,
            org=claims.organization,
            active_org=claims.organization_slug,
            client_id=claims.client,
            roles=[],
        )
        answer = await self._ask(graphql, root, replace(world, ours=nobody), nobody)
        assert answer.codes == ["PERMISSION_DENIED"], answer.errors or answer.data


def _is_empty_page(found: object) -> bool:
    return isinstance(found, dict) and not any(
        value for key, value in found.items() if key != "__typename"
    )
