"""Doors never fetch rows by themselves: a read that skips the principal is a hole between tenants.

GraphQL, HTTP and socket handlers call selectors and operations, which scope by the principal.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from sources import SERVICES, Module, modules

DOORS = ("graphql", "http", "ws")
SHORTCUTS = {"get_object_or_404", "get_list_or_404", "aget_object_or_404"}
#: `path:line text` -> why this access needs no principal.
ALLOWED: dict[str, str] = {}


def accesses(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and text of each access to a manager, and of each shortcut that uses one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}:
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Name) and node.id in SHORTCUTS:
            yield node.lineno, node.id


def doors() -> list[Module]:
    return [
        one
        for one in modules()
        for service in SERVICES
        for door in DOORS
        if one.name.startswith(f"{service}_server.{door}")
    ]


def test_no_door_reaches_past_selectors_and_operations() -> None:
    found = {f"{one.where}: {text}" for one in doors() for _, text in accesses(one.tree)}
    assert found == set(ALLOWED), "ask a selector instead, which scopes by the principal"


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("Task.objects.get(id=3)", 1),
        ("models.Task.objects.filter(a=1)", 1),
        ("get_object_or_404(Task, id=3)", 1),
        ("task_get(principal=p, id=3)", 0),
    ],
)
def test_accesses_are_seen(source: str, count: int) -> None:
    assert len([*accesses(ast.parse(source))]) == count
