"""Prepared plans: what they take they answer as the generic executor does, the rest they leave."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLSchema, build_schema, graphql_sync
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from chassis.graphql.context import Context
from chassis.graphql.limits import limit_rule
from chassis.graphql.plans import Plan, PlanBook, Root, Shape, answer_of

SCHEMA: GraphQLSchema = build_schema(
    """
    type Query { note(id: ID!): Note, other: Int }
    type Subscription { notes: Note }
    type Note { id: ID!, text: String, owner: User, tags(limit: Int): [String!]!, version: Int }
    type User { id: ID!, name: String!, boss: User }
    """
)
BOSS = {"id": "u2", "name": "Grace", "boss": None}
NOTE = {
    "id": "1",
    "text": "hello",
    "owner": {"id": "u1", "name": "Ada", "boss": BOSS},
    "tags": [],
    "version": 3,
}
USER = Shape("User", {"id": lambda u: u["id"], "name": lambda u: u["name"]})
DEEP_USER = Shape("User", USER.fields, nested={"boss": (lambda u: u["boss"], USER)})
SHAPE = Shape(
    "Note",
    {"id": lambda n: n["id"], "text": lambda n: n["text"]},
    nested={"owner": (lambda n: n["owner"], DEEP_USER)},
    constant={"tags": []},
)


class Executor:
    """A plan book over one kind of note, and the generic executor beside it."""

    def __init__(self) -> None:
        self.prepared = 0
        self.book = PlanBook(SCHEMA, {"note": self._prepare, "notes": self._stream})

    def _prepare(self, root: Root) -> Plan | None:
        self.prepared += 1
        select, variable = root.select(SHAPE), root.variable_of("id")
        if select is None or variable is None:
            return None

        async def run(_: Context, variables: Raw) -> Any:
            return select(NOTE) if json.loads(bytes(variables)).get(variable) == "1" else None

        return Plan(root, run=run)

    def _stream(self, root: Root) -> Plan | None:
        async def stream(_: Context) -> AsyncGenerator[bytes, None]:
            yield answer_of(Plan(root), {"id": "1"})

        return Plan(root, stream=stream)

    def takes(self, document: str, operation_name: str | None = None) -> bool:
        return self.book.of(document, operation_name) is not None

    async def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": document, "variables": variables}).encode()
        found = self.book.of_body(body)
        assert found is not None, "the plan did not take it"
        plan, given = found
        assert plan.run is not None
        return json.loads(answer_of(plan, await plan.run(Context(principal=None), given)))


def generic(document: str, **variables: Any) -> dict[str, Any]:
    result: ExecutionResult = graphql_sync(
        SCHEMA, document, {"note": lambda *_, id: NOTE if id == "1" else None}, None, variables
    )
    assert result.errors is None, result.errors
    return {"data": result.data}


@pytest.fixture
def executor() -> Executor:
    return Executor()


TAKEN = [
    "query q($id: ID!) { note(id: $id) { id text } }",
    "query q($id: ID!) { note(id: $id) { __typename id } }",
    "query q($id: ID!) { mine: note(id: $id) { a: id b: id text } }",
    "query q($id: ID!) { note(id: $id) { owner { id name boss { id __typename } } } }",
    "query q($id: ID!) { note(id: $id) { ...N } } fragment N on Note { id owner { ...U } }"
    " fragment U on User { name }",
    "query q($id: ID!) { note(id: $id) { tags } }",
    "query q($id: ID!) { note(id: $id) { tags(limit: 3) } }",
]


@pytest.mark.parametrize("document", TAKEN)
@pytest.mark.parametrize("identifier", ["1", "99"])
async def test_a_plan_answers_as_the_generic_executor(
    executor: Executor, document: str, identifier: str
) -> None:
    assert await executor.answer(document, id=identifier) == generic(document, id=identifier)


LEFT = {
    "a field it does not know": "query q($id: ID!) { note(id: $id) { version } }",
    "another root field": "{ other }",
    "two root fields": "query q($id: ID!) { note(id: $id) { id } other }",
    "two operations": "query q($id: ID!) { note(id: $id) { id } } query r { other }",
    "a value instead of a variable": '{ note(id: "1") { id } }',
    "a directive on the root": "query q($id: ID!, $s: Boolean!) { note(id: $id) @skip(if: $s)"
    " { id } }",
    "a directive on a field": "query q($id: ID!, $s: Boolean!) { note(id: $id)"
    " { id @include(if: $s) } }",
    "a directive on a fragment": "query q($id: ID!, $s: Boolean!) { note(id: $id)"
    " { ...N @skip(if: $s) } } fragment N on Note { id }",
    "an inline fragment": "query q($id: ID!) { note(id: $id) { ... { id } } }",
    "a default": 'query q($id: ID = "1") { note(id: $id) { id } }',
    "a nested object twice": "query q($id: ID!) { note(id: $id) { owner { id } owner { name } } }",
    "what is not valid": "query q($id: ID!) { note(id: $id) { nothing } }",
    "what is no document": "query q($id: ID!) { note(id: $id) {",
    "an unused fragment": "query q($id: ID!) { note(id: $id) { id } } fragment N on Note { id }",
    "an empty text": "",
    "only a fragment": "fragment N on Note { id }",
    "a long one": "query q($id: ID!) { note(id: $id) { id } } #" + "x" * 10_000,
}


@pytest.mark.parametrize("document", LEFT.values(), ids=LEFT)
def test_everything_else_is_left_to_the_generic_executor(executor: Executor, document: str) -> None:
    assert not executor.takes(document)


names = st.sampled_from(["id", "text", "__typename", "tags", "version", "tags(limit: 1)"])
users = st.recursive(
    st.lists(st.sampled_from(["id", "name", "__typename"]), min_size=1, max_size=3),
    lambda inner: inner.map(lambda fields: [*fields, "boss { id }"]),
    max_leaves=2,
)
selections = st.lists(
    st.one_of(names, users.map(lambda fields: f"owner {{ {' '.join(fields)} }}")),
    min_size=1,
    max_size=5,
    unique=True,
)


@settings(max_examples=150)
@given(fields=selections)
async def test_whatever_a_plan_takes_it_answers_right(fields: list[str]) -> None:
    document = f"query q($id: ID!) {{ note(id: $id) {{ {' '.join(fields)} }} }}"
    executor = Executor()
    if executor.takes(document):
        assert await executor.answer(document, id="1") == generic(document, id="1")


def test_the_name_of_the_operation_must_be_its_own(executor: Executor) -> None:
    document = TAKEN[0]
    assert executor.takes(document, None) and executor.takes(document, "q")
    assert not executor.takes(document, "other")


def test_a_document_is_prepared_once(executor: Executor) -> None:
    for _ in range(3):
        assert executor.takes(TAKEN[0])
        assert not executor.takes(LEFT["a field it does not know"])
    assert executor.prepared == 2


def test_documents_of_strangers_do_not_fill_the_memory(executor: Executor) -> None:
    for number in range(600):
        executor.takes(f"query q{number}($id: ID!) {{ note(id: $id) {{ id }} }}")
    assert len(executor.book._known) == 512
    assert executor.takes(TAKEN[0])


def test_limits_hold_for_plans_too() -> None:
    strict = PlanBook(SCHEMA, {"note": Executor()._prepare}, [limit_rule(2, 100)])
    assert strict.of(TAKEN[0], None) is not None
    assert strict.of(TAKEN[3], None) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"query": 5}',
        b'{"query": null}',
        b'{"query": "query q($id: ID!) { note(id: $id) { id } }", "extensions": {}}',
        b'{"query": "query q($id: ID!) { note(id: $id) { id } }", "operationName": "r"}',
        b'[{"query": "{ other }"}]',
    ],
)
def test_bodies_of_another_form_are_left_alone(executor: Executor, body: bytes) -> None:
    assert executor.book.of_body(body) is None


def test_a_stream_is_no_answer_to_a_request(executor: Executor) -> None:
    document = "subscription { notes { id } }"
    plan = executor.book.of(document, None)
    assert plan is not None and plan.stream is not None
    assert executor.book.of_body(json.dumps({"query": document}).encode()) is None


def test_without_plans_nothing_is_parsed() -> None:
    book = PlanBook(SCHEMA, {})
    assert book.of(TAKEN[0], None) is None
    assert book.of_body(json.dumps({"query": TAKEN[0]}).encode()) is None
    assert len(book._known) == 0


def test_the_only_argument_may_be_a_variable() -> None:
    seen: list[str | None] = []

    def look(root: Root) -> None:
        seen.append(root.variable_of("id"))

    book = PlanBook(SCHEMA, {"note": look})
    book.of("query q($x: ID!) { note(id: $x) { id } }", None)
    book.of('{ note(id: "3") { id } }', None)
    assert seen == ["x", None]


@given(st.text(max_size=60))
def test_no_text_breaks_the_book(text: str) -> None:
    plan = Executor().book.of(text, None)
    assert plan is None or plan.root.node.name.value in {"note", "notes"}
