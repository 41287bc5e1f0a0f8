"""The inherited tenancy test, on the sample service and on services that are broken on purpose."""

from __future__ import annotations

import pytest
import strawberry
from sample_server.app import SCHEMA

from chassis.graphql import Info, build_schema, principal_of
from chassis.testing.client import GraphQLAnswer
from chassis.testing.tenancy import RootField, TenancySuite, World, operation_for, root_fields


def _world(mint) -> World:
    return World(
        ours=mint.member(),
        theirs=mint.member(sub="2", org="2", active_org="second", preferred_username="bob"),
        marker="ours-marker",
        arguments={"note": {"id": "1"}, "dropNote": {"id": "1"}},
        own=frozenset({"whoami"}),
    )


class TestSample(TenancySuite):
    schema = SCHEMA

    @pytest.fixture
    def world(self, mint) -> World:
        return _world(mint)

    # `strict` and `broken` fail for everybody; what strangers may learn of them still holds.
    async def test_ourselves_are_served(self, graphql, root, world):
        if root.name not in {"strict", "broken"}:
            await super().test_ourselves_are_served(graphql, root, world)

    async def test_other_organization_learns_nothing(self, graphql, root, world):
        if root.name not in {"strict", "broken"}:
            await super().test_other_organization_learns_nothing(graphql, root, world)


@strawberry.type
class LeakyQuery:
    @strawberry.field
    def note(self, info: Info, id: strawberry.ID) -> str:
        return f"ours-marker {principal_of(info).username}"


LEAKY = build_schema(query=LeakyQuery)


class TestLeaky:
    """A service that forgets the check must be caught by each of the tests."""

    async def _client(self, document, member=None, /, **variables) -> GraphQLAnswer:
        from chassis.graphql import Context

        context = Context(principal=member.principal if member else None)
        result = await LEAKY.execute(document, variable_values=variables, context_value=context)
        errors = [error.formatted for error in result.errors or []]
        return GraphQLAnswer(200, result.data, errors)

    @pytest.mark.parametrize(
        "name", ["test_other_organization_learns_nothing", "test_member_without_roles_is_refused"]
    )
    async def test_leak_is_caught(self, mint, name):
        suite = TenancySuite()
        suite.schema = LEAKY
        more = {"mint": mint} if "roles" in name else {}
        with pytest.raises(AssertionError):
            await getattr(suite, name)(
                self._client, RootField("query", "note"), _world(mint), **more
            )


def test_every_root_field_has_its_turn():
    assert [str(field) for field in root_fields(SCHEMA)] == [
        "query.broken",
        "query.note",
        "query.strict",
        "query.whoami",
        "mutation.dropNote",
    ]


def test_missing_argument_value_fails_loudly():
    with pytest.raises(pytest.fail.Exception, match="note"):
        operation_for(SCHEMA, RootField("query", "note"), {})


def test_document_selects_plain_fields_two_levels_down():
    document, variables = operation_for(SCHEMA, RootField("query", "note"), {"id": "7"})
    assert variables == {"id": "7"}
    assert document == (
        "query($id: ID!) { note(id: $id) { __typename id text inner { __typename id text } } }"
    )
