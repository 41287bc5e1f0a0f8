"""Component trees of bloks against the catalogs they draw on. Plain data in, findings out.

A tree is a list of nodes `{"id", "component", "props": [...], "children": [nodes]}` with the keys
of the definition language. What makes a tree unusable raises `InvalidInput`; what a user interface
may still be able to draw is a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.errors import InvalidInput

Document = Mapping[str, Any]

MOST_NODES = 2000
DEEPEST = 32
_SCENE = "SCENE"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a tree may use: components and operations by name, and the keys of dependencies.

    `is_complete` is false for a catalog that no user interface has registered: unknown components
    are no finding then.
    """

    components: Mapping[str, Document] = field(default_factory=dict)
    operations: Mapping[str, Document] = field(default_factory=dict)
    dependencies: frozenset[str] = frozenset()
    is_complete: bool = False


def by_name(documents: Iterable[Document]) -> dict[str, Document]:
    """Return documents by their names; the last one wins."""
    return {document["name"]: document for document in documents}


def check_tree(nodes: Iterable[Document], known: Vocabulary) -> list[dict[str, Any]]:
    """Return the findings of a tree; a repeated id, too many nodes or levels raise."""
    seen: set[str] = set()
    findings: list[dict[str, Any]] = []
    for node, above, path in walk(nodes):
        if len(above) >= DEEPEST:
            raise InvalidInput(f"A tree has at most {DEEPEST} levels.", field="components")
        if node["id"] in seen:
            raise InvalidInput(f"The id {node['id']!r} stands twice.", field="components")
        seen.add(node["id"])
        if len(seen) > MOST_NODES:
            raise InvalidInput(f"A tree has at most {MOST_NODES} components.", field="components")
        findings.extend(_component(node, above, path, known))
        findings.extend(_calls(node, path, known))
    return findings


def walk(
    nodes: Iterable[Document], above: tuple[str, ...] = (), path: str = ""
) -> Iterator[tuple[Document, tuple[str, ...], str]]:
    """Yield each node with the components above it and its path of ids, parents first."""
    for node in nodes or ():
        here = f"{path}.{node['id']}" if path else str(node["id"])
        yield node, above, here
        if len(above) < DEEPEST:
            yield from walk(node.get("children") or (), (*above, node["component"]), here)


def finding(code: str, message: str, path: str | None = None) -> dict[str, Any]:
    """Return a finding as it is stored and shown."""
    return {"level": "WARNING", "code": code, "message": message, "path": path}


def _component(
    node: Document, above: tuple[str, ...], path: str, known: Vocabulary
) -> Iterator[dict[str, Any]]:
    name = node["component"]
    spec = known.components.get(name)
    if spec is None:
        if known.is_complete:
            yield finding("unknown_component", f"The catalog has no component {name!r}.", path)
        return
    if node.get("children") and not spec.get("accepts_children", True):
        yield finding("no_children", f"{name} takes no children.", path)
    needed, banned = spec.get("downstream_of") or (), spec.get("not_downstream_of") or ()
    if needed and not set(needed) & set(above):
        yield finding("misplaced", f"{name} stands only below {_list(needed)}.", path)
    if set(banned) & set(above):
        yield finding("misplaced", f"{name} must not stand below {_list(banned)}.", path)
    given = {prop["key"] for prop in node.get("props") or ()}
    declared = {prop["key"]: prop for prop in spec.get("props") or ()}
    for key in sorted(given - set(declared)):
        yield finding("unknown_prop", f"{name} has no property {key!r}.", path)
    for key, prop in declared.items():
        if prop.get("required") and key not in given:
            yield finding("missing_prop", f"{name} needs the property {key!r}.", path)


def _calls(node: Document, path: str, known: Vocabulary) -> Iterator[dict[str, Any]]:
    for prop in node.get("props") or ():
        for call in _agent_calls(prop):
            if call["dependency"] not in known.dependencies:
                text = f"{call['dependency']!r} is no dependency of the blok."
                yield finding("unknown_dependency", text, path)
        for call in _util_calls(prop):
            if call["operation"] not in known.operations:
                text = f"No catalog has the operation {call['operation']!r}."
                yield finding("unknown_operation", text, path)


def _agent_calls(value: Document) -> Iterator[Document]:
    return _all_calls(value, "agent_call")


def _util_calls(value: Document) -> Iterator[Document]:
    return _all_calls(value, "util_call")


def _all_calls(value: Document, kind: str) -> Iterator[Document]:
    """Yield the calls of a kind in a property or argument and in the arguments of its calls."""
    for name in ("agent_call", "util_call"):
        call = value.get(name)
        if call:
            if name == kind:
                yield call
            for argument in call.get("arguments") or ():
                yield from _all_calls(argument, kind)
    for name in ("value_list", "value_dict"):
        for argument in value.get(name) or ():
            yield from _all_calls(argument, kind)


def _list(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
