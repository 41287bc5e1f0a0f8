"""Depth and cost of documents, fragments expanded."""

from __future__ import annotations

import pytest
from graphql import GraphQLError, build_schema, parse, validate
from hypothesis import given
from hypothesis import strategies as st

from chassis.graphql.limits import LIMIT_EXCEEDED, limit_rule

SCHEMA = build_schema("type Query { a: Query, b: Query, leaf: Int }")


def found(document: str, depth: int = 100, cost: int = 10_000) -> list[GraphQLError]:
    return validate(SCHEMA, parse(document), [limit_rule(depth, cost)])


def nested(levels: int) -> str:
    return "{ a " * (levels - 1) + "{ leaf }" + " }" * (levels - 1)


@given(st.integers(1, 30), st.integers(1, 30))
def test_depth_counts_levels_of_fields(levels: int, most: int) -> None:
    errors = found(nested(levels), depth=most)
    assert bool(errors) == (levels > most)
    for error in errors:
        assert error.extensions == {"code": LIMIT_EXCEEDED}
        assert f"{levels} levels deep; at most {most}" in error.message


@given(st.integers(1, 40), st.integers(1, 40))
def test_cost_counts_fields(fields: int, most: int) -> None:
    document = "{ " + " ".join(f"f{number}: leaf" for number in range(fields)) + " }"
    assert bool(found(document, cost=most)) == (fields > most)


@given(st.integers(0, 12))
def test_fragments_count_as_often_as_they_are_used(levels: int) -> None:
    document = "{ ...f0 }" + f" fragment f{levels} on Query {{ leaf }}"
    for level in range(levels):
        document += f" fragment f{level} on Query {{ ...f{level + 1} ...f{level + 1} }}"
    fields = 2**levels
    assert found(document, cost=fields) == []
    assert len(found(document, cost=fields - 1)) == 1


def test_inline_fragments_add_no_level() -> None:
    document = "{ ... on Query { ... { a { leaf } } } }"
    assert found(document, depth=2) == []
    assert len(found(document, depth=1)) == 1


@pytest.mark.parametrize(
    "document",
    [
        "{ ...me } fragment me on Query { leaf ...me }",
        "{ ...x } fragment x on Query { a { ...y } } fragment y on Query { b { ...x } }",
        "{ ...nobody leaf }",
    ],
)
def test_circles_and_unknown_fragments_end(document: str) -> None:
    # Other rules refuse them; this one must only come to an end.
    assert found(document) == []


def test_both_bounds_are_told_and_the_operation_is_named() -> None:
    errors = found("query Deep { a { b { leaf } } }", depth=1, cost=1)
    assert [error.message.split(" is ")[0] for error in errors] == ["Deep", "Deep"]


def test_every_operation_of_a_document_is_measured() -> None:
    document = "query One { leaf } query Two { a { a { leaf } } }"
    assert [error.message[:3] for error in found(document, depth=2)] == ["Two"]
