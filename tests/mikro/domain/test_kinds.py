"""The words of the wire are those of the released client."""

from __future__ import annotations

import ast
from enum import Enum

import clients_venv
import pytest

from mikro_server.domain import kinds

ENUMS = [
    one
    for one in vars(kinds).values()
    if isinstance(one, type) and issubclass(one, Enum) and one.__module__ == kinds.__name__
]


@pytest.fixture(scope="module")
def spoken() -> dict[str, set[str]]:
    """The values of every enum of the client, read without importing it."""
    source = (clients_venv.find() / "mikro" / "api" / "schema.py").read_text(encoding="utf8")
    return {
        node.name: {
            line.value.value
            for line in node.body
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
        }
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(b) for b in node.bases)
    }


@pytest.mark.parametrize("kind", ENUMS, ids=lambda one: one.__name__)
def test_values_are_those_of_the_client(kind, spoken):
    if kind.__name__ in spoken:
        assert {one.value for one in kind} == spoken[kind.__name__]
    else:
        assert kind.__name__ in {"StoreKind", "FileLinkDirection", "HistoryKind"}


def test_only_trees_are_prefixes():
    assert {one.value for one in kinds.StoreKind if one.is_prefix} == {
        "zarr",
        "sparse",
        "fabriks",
        "konnektion",
    }
