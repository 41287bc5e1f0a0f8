"""The definition language: hashes agree with the clients', misfits name their field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.definitions import parsing, vocabulary
from chassis.errors import InvalidInput

ADD: dict[str, Any] = {
    "key": "add",
    "version": "1",
    "name": "Add",
    "kind": "FUNCTION",
    "args": [{"key": "a", "kind": "INT"}, {"key": "b", "kind": "INT"}],
    "returns": [{"key": "sum", "kind": "INT"}],
}


def hash_of(document: dict[str, Any]) -> str:
    return parsing.definition_hash(parsing.parse(vocabulary.Definition, document))


@given(st.permutations(sorted(ADD)))
def test_definition_hash_does_not_depend_on_the_order_of_keys(order: list[str]) -> None:
    assert hash_of({key: ADD[key] for key in order}) == hash_of(ADD)


@given(st.sampled_from(["pure", "idempotent", "allow_probe"]), st.booleans())
def test_definition_hash_leaves_qualifiers_out(name: str, value: bool) -> None:
    assert hash_of({**ADD, name: value}) == hash_of(ADD)


@pytest.mark.parametrize(
    "change", [{"name": "Sum"}, {"args": ADD["args"][:1]}, {"kind": "GENERATOR"}, {"version": "2"}]
)
def test_definition_hash_changes_with_the_signature(change: dict[str, Any]) -> None:
    assert hash_of({**ADD, **change}) != hash_of(ADD)


def test_document_form_reads_back_as_the_same_definition() -> None:
    definition = parsing.parse(vocabulary.Definition, ADD)
    document = parsing.as_document(definition)
    assert document["args"][0]["kind"] == "INT"
    assert parsing.parse(vocabulary.Definition, document) == definition


def test_misfit_names_the_path_of_the_field() -> None:
    broken = {**ADD, "args": [{"key": "a", "kind": "NUMBER"}]}
    with pytest.raises(InvalidInput) as refused:
        parsing.parse(vocabulary.Definition, broken, at="implementations.3.definition")
    assert refused.value.field == "implementations.3.definition.args.0.kind"
    assert "NUMBER" not in refused.value.message


def test_state_definition_hash_follows_the_ports() -> None:
    one = parsing.parse(vocabulary.StateDefinition, {"name": "S", "ports": []})
    two = parsing.parse(
        vocabulary.StateDefinition, {"name": "S", "ports": [{"key": "x", "kind": "INT"}]}
    )
    assert parsing.state_definition_hash(one) == parsing.state_definition_hash(one)
    assert parsing.state_definition_hash(one) != parsing.state_definition_hash(two)
