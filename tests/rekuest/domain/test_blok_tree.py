"""Component trees against catalogs: what is refused, what is only a finding."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidInput
from rekuest_server.domain.blok_tree import (
    DEEPEST,
    MOST_NODES,
    Vocabulary,
    by_name,
    check_tree,
    walk,
)

COMPONENTS = by_name(
    [
        {"name": "Card", "accepts_children": True, "props": [{"key": "title", "required": True}]},
        {"name": "Text", "accepts_children": False, "props": [{"key": "value"}]},
        {"name": "case", "downstream_of": ["match"], "props": []},
        {"name": "match", "not_downstream_of": ["Text"], "props": []},
    ]
)
KNOWN = Vocabulary(
    components=COMPONENTS,
    operations=by_name([{"name": "eq"}]),
    dependencies=frozenset({"stage"}),
    is_complete=True,
)


def node(id: str, component: str = "match", *children: Any, **props: Any) -> dict[str, Any]:
    made = [{"key": key, **value} for key, value in props.items()]
    return {"id": id, "component": component, "props": made, "children": list(children)}


def codes(*nodes: Any, known: Vocabulary = KNOWN) -> list[tuple[str, str]]:
    return [(found["code"], found["path"]) for found in check_tree(nodes, known)]


def test_a_tree_that_fits_has_no_findings() -> None:
    text = node("t", "Text", value={"static_value": 1})
    assert codes(node("c", "Card", text, title={"static_value": "x"})) == []


@pytest.mark.parametrize(
    ("tree", "code", "path"),
    [
        (node("a", "Gone"), "unknown_component", "a"),
        (node("a", "Card"), "missing_prop", "a"),
        (node("a", "Text", colour={"static_value": 1}), "unknown_prop", "a"),
        (node("a", "Text", node("b")), "no_children", "a"),
        (node("a", "match", node("b", "Text", node("c"))), "misplaced", "a.b.c"),
        (node("a", "case"), "misplaced", "a"),
    ],
)
def test_a_misfit_is_found_with_its_place(tree: Any, code: str, path: str) -> None:
    assert (code, path) in codes(tree)


def test_a_branch_stands_below_what_it_is_a_branch_of() -> None:
    assert codes(node("m", "match", node("d", "match", node("c", "case")))) == []


@pytest.mark.parametrize(
    ("prop", "code"),
    [
        ({"agent_call": {"dependency": "camera", "operation": "x"}}, "unknown_dependency"),
        ({"util_call": {"operation": "gone"}}, "unknown_operation"),
        (
            {
                "util_call": {
                    "operation": "eq",
                    "arguments": [{"util_call": {"operation": "gone"}}],
                }
            },
            "unknown_operation",
        ),
        (
            {
                "agent_call": {
                    "dependency": "stage",
                    "operation": "x",
                    "arguments": [
                        {"value_list": [{"agent_call": {"dependency": "gone", "operation": "x"}}]}
                    ],
                }
            },
            "unknown_dependency",
        ),
        (
            {
                "util_call": {
                    "operation": "eq",
                    "arguments": [{"value_dict": [{"util_call": {"operation": "gone"}}]}],
                }
            },
            "unknown_operation",
        ),
    ],
)
def test_calls_are_looked_up_however_deep_they_stand(prop: dict[str, Any], code: str) -> None:
    assert codes(node("a", "Text", value=prop)) == [(code, "a")]


def test_known_calls_are_no_finding() -> None:
    prop = {"agent_call": {"dependency": "stage", "operation": "move"}}
    assert codes(node("a", "Text", value=prop)) == []


def test_components_of_a_catalog_nobody_registered_are_not_judged() -> None:
    assert codes(node("a", "Gone"), known=Vocabulary()) == []


def test_a_repeated_id_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'a' stands twice"):
        check_tree([node("a", "match", node("a"))], KNOWN)


def nested(levels: int) -> dict[str, Any]:
    tree = node("0")
    for number in range(1, levels):
        tree = node(str(number), "match", tree)
    return tree


def test_the_deepest_tree_passes_and_one_level_more_is_refused() -> None:
    assert check_tree([nested(DEEPEST)], Vocabulary()) == []
    with pytest.raises(InvalidInput, match="levels"):
        check_tree([nested(DEEPEST + 1)], Vocabulary())


def test_the_largest_tree_passes_and_one_node_more_is_refused() -> None:
    nodes = [node(str(number)) for number in range(MOST_NODES + 1)]
    assert check_tree(nodes[:-1], Vocabulary()) == []
    with pytest.raises(InvalidInput, match="components"):
        check_tree(nodes, Vocabulary())


trees = st.recursive(
    st.builds(lambda: node("?")),
    lambda inner: st.lists(inner, max_size=3).map(lambda kids: node("?", "match", *kids)),
    max_leaves=20,
)


def numbered(tree: dict[str, Any], counter: list[int]) -> dict[str, Any]:
    counter[0] += 1
    name = str(counter[0])
    return {**tree, "id": name, "children": [numbered(kid, counter) for kid in tree["children"]]}


@given(trees)
def test_every_node_is_visited_once_after_its_parent(tree: dict[str, Any]) -> None:
    counter = [0]
    whole = numbered(tree, counter)
    visits = list(walk([whole]))
    paths = [path for _, _, path in visits]
    assert len(set(paths)) == len(paths) == counter[0]
    for _, above, path in visits:
        assert len(above) == path.count(".")
        parent = path.rpartition(".")[0]
        assert not parent or paths.index(parent) < paths.index(path)
