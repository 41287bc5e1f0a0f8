"""Prepared plans on a schema of their own: what is planned, what is left to the executor."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from chassis.graphql.limits import limit_rule
from chassis.graphql.plans import Plan, PlanBook, Root, Shape, answer_of

SCHEMA: GraphQLSchema = build_schema("""
  type Query { book(id: ID): Book other: Book }
  type Book { id: ID! title: String pages(first: Int): [Page!]! author: Person }
  type Page { number: Int! }
  type Person { name: String! born: Int }
""")
PERSON = Shape("Person", fields={"name": lambda person: person["name"]})
BOOK = Shape(
    "Book",
    fields={"id": lambda book: str(book["id"]), "title": lambda book: book["title"]},
    nested={"author": (lambda book: book.get("author"), PERSON)},
    constant={"pages": []},
)
SOURCE = {"id": 7, "title": "Ullr", "author": {"name": "Ada"}}


def prepare(root: Root) -> Plan | None:
    select = root.select(BOOK)
    if select is None:
        return None

    async def run(context: Any, variables: Raw) -> Any:
        return select(SOURCE)

    return Plan(root=root, run=run)


def new_book(**options: Any) -> PlanBook:
    return PlanBook(SCHEMA, {"book": prepare}, **options)


async def data_of(document: str) -> Any:
    plan = new_book().of(document, None)
    assert plan is not None, document
    assert plan.run is not None
    return json.loads(answer_of(plan, await plan.run(None, Raw(b"{}"))))["data"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("document", "data"),
    [
        ("{ book { id title } }", {"book": {"id": "7", "title": "Ullr"}}),
        ("query Q { it: book { a: id, b: id } }", {"it": {"a": "7", "b": "7"}}),
        ("{ book { __typename } }", {"book": {"__typename": "Book"}}),
        ("{ book { author { name __typename } } }",
         {"book": {"author": {"name": "Ada", "__typename": "Person"}}}),
        ("{ book { pages(first: 3) { number } } }", {"book": {"pages": []}}),
        ("{ book { ...B id } } fragment B on Book { id ...T } fragment T on Book { title }",
         {"book": {"id": "7", "title": "Ullr"}}),
    ],
)  # fmt: skip
async def test_a_plan_answers_what_is_selected(document: str, data: Any) -> None:
    assert await data_of(document) == data


async def test_what_is_not_there_is_null(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCE, "author", None)
    assert await data_of("{ book { author { name } } }") == {"book": {"author": None}}


@pytest.mark.parametrize(
    "document",
    [
        "{ other { id } }",
        "{ book { author { born } } }",
        "{ book { id @include(if: true) } }",
        "{ book @skip(if: false) { id } }",
        "query Q @unknown { book { id } }",
        "{ book { ... on Book { id } } }",
        "{ book { ...B @skip(if: false) } } fragment B on Book { id }",
        "{ book { author { name } author { name } } }",
        "{ book { id } other { id } }",
        "query A { book { id } } query B { book { id } }",
        "query Q($id: ID = 3) { book(id: $id) { id } }",
        "{ book { unknown } }",
        "{ book }",
        "{ book { id }",
        "fragment B on Book { id }",
        "",
    ],
)
def test_all_else_is_left_to_the_executor(document: str) -> None:
    assert new_book().of(document, None) is None


def test_a_document_beyond_the_limits_has_no_plan() -> None:
    deep = "{ book { author { name } } }"
    assert new_book().of(deep, None) is not None
    assert new_book(rules=[limit_rule(2, 100)]).of(deep, None) is None
    assert new_book(rules=[limit_rule(10, 2)]).of(deep, None) is None


def test_a_document_is_prepared_once() -> None:
    asked = []

    def counting(root: Root) -> Plan | None:
        asked.append(root)
        return None

    book = PlanBook(SCHEMA, {"book": counting})
    for _ in range(3):
        assert book.of("{ book { id } }", None) is None
    assert len(asked) == 1


def test_the_only_argument_may_be_a_variable() -> None:
    seen: list[str | None] = []

    def look(root: Root) -> None:
        seen.append(root.variable_of("id"))

    book = PlanBook(SCHEMA, {"book": look})
    book.of("query Q($x: ID) { book(id: $x) { id } }", None)
    book.of("{ book(id: 3) { id } }", None)
    book.of("{ book { id } }", None)
    assert seen == ["x", None, None]


def body(**changes: Any) -> bytes:
    return json.dumps({"query": "{ book { id } }"} | changes).encode()


def test_a_body_gives_its_plan_and_its_variables_as_text() -> None:
    found = new_book().of_body(body(variables={"a": 1}, operationName=None))
    assert found is not None
    assert json.loads(bytes(found[1])) == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        body(extensions={}),
        body(operationName="Another"),
        body(query=7),
        b"[" + body() + b"]",
        body()[:-1],
        b"",
    ],
)
def test_a_body_with_more_than_a_plan_takes_has_none(text: bytes) -> None:
    assert new_book().of_body(text) is None


def test_without_plans_nothing_is_even_read() -> None:
    assert PlanBook(SCHEMA, {}).of_body(body()) is None
    assert PlanBook(SCHEMA, {}).of("{ book { id } }", None) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_book(text: str) -> None:
    plan = new_book().of(text, None)
    assert plan is None or plan.root.node.name.value == "book"
