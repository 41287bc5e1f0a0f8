"""Prepared plans: hot documents run without the generic executor.

A service names root fields it can answer by itself. A document that is one such field, selecting
what the plan knows, is prepared once; every other one, and every request a plan does not take, goes
to the generic executor, which stays the authority on what an answer looks like.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationRule,
    VariableNode,
    parse,
    specified_rules,
    validate,
)
from msgspec import Raw, Struct

from chassis.graphql.context import Context

_KEPT = 512
_LONGEST_DOCUMENT = 10_000
_encode = msgspec.json.Encoder().encode

Getter = Callable[[Any], Any]


class Posted(Struct, rename="camel", forbid_unknown_fields=True):
    """The body of a request as a plan takes it; variables stay JSON text."""

    query: str
    variables: Raw = Raw(b"{}")
    operation_name: str | None = None


_read_posted = msgspec.json.Decoder(Posted).decode


@dataclass(frozen=True, slots=True)
class Shape:
    """An object type as a plan shows it: how to get each field it knows, ready for JSON."""

    typename: str
    fields: Mapping[str, Getter]
    #: Fields of objects: how to get the object (or null), and its shape.
    nested: Mapping[str, tuple[Getter, Shape]] = field(default_factory=dict)
    #: Fields with the same value whatever is selected or asked of them.
    constant: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Root:
    """The one root field of a document."""

    node: FieldNode
    operation_name: str | None
    fragments: Mapping[str, FragmentDefinitionNode]

    @property
    def key(self) -> str:
        """The name of the field in the answer."""
        return self.node.alias.value if self.node.alias else self.node.name.value

    def variable_of(self, argument: str) -> str | None:
        """Return the variable that is the only argument, if that is so."""
        if [given.name.value for given in self.node.arguments or ()] != [argument]:
            return None
        value = (self.node.arguments or ())[0].value
        return value.name.value if isinstance(value, VariableNode) else None

    def select(self, shape: Shape) -> Getter | None:
        """Return a function from a source to the selected object, or None if it cannot be."""
        return _select(shape, self.node.selection_set, self.fragments)


Run = Callable[[Context, Raw], Awaitable[Any]]
Stream = Callable[[Context], AsyncGenerator[list[bytes], None]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a document is answered.

    `run` returns the value of the root field, or `NOT_MINE` if the generic executor has to answer.
    `stream` yields the answers of a subscription that are there, the whole data of each as JSON.
    """

    root: Root
    run: Run | None = None
    stream: Stream | None = None


Prepare = Callable[[Root], Plan | None]
NOT_MINE = object()


class PlanBook:
    """The plans of a schema by document; prepared at first use, the oldest forgotten."""

    def __init__(
        self,
        schema: GraphQLSchema,
        prepare: Mapping[str, Prepare],
        rules: Sequence[type[ValidationRule]] = (),
    ) -> None:
        self._schema = schema
        self._prepare = prepare
        self._rules = [*specified_rules, *rules]
        self._known: OrderedDict[str, Plan | None] = OrderedDict()

    def of_body(self, body: bytes) -> tuple[Plan, Raw] | None:
        """Return the plan of a request and its variables, or None."""
        if not self._prepare:
            return None
        try:
            posted = _read_posted(body)
        except msgspec.DecodeError:
            return None
        plan = self.of(posted.query, posted.operation_name)
        return None if plan is None or plan.run is None else (plan, posted.variables)

    def of(self, text: str | None, operation_name: str | None) -> Plan | None:
        """Return the plan of a document, or None if it has none."""
        if text is None or not self._prepare or len(text) > _LONGEST_DOCUMENT:
            return None
        if text not in self._known:
            self._known[text] = self._prepared(text)
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        plan = self._known[text]
        if plan is None or operation_name not in (None, plan.root.operation_name):
            return None
        return plan

    def _prepared(self, text: str) -> Plan | None:
        try:
            document = parse(text, max_tokens=_LONGEST_DOCUMENT)
        except GraphQLError:
            return None
        root = _root_of(document)
        if root is None or root.node.name.value not in self._prepare:
            return None
        if validate(self._schema, document, self._rules):
            return None
        return self._prepare[root.node.name.value](root)


def answer_of(plan: Plan, value: Any) -> bytes:
    """Return the whole answer to a request as JSON."""
    return _encode({"data": {plan.root.key: value}})


def _root_of(document: DocumentNode) -> Root | None:
    fragments: dict[str, FragmentDefinitionNode] = {}
    operations = []
    for node in document.definitions:
        if isinstance(node, FragmentDefinitionNode):
            fragments[node.name.value] = node
        else:
            operations.append(node)
    if len(operations) != 1 or not isinstance(operations[0], OperationDefinitionNode):
        return None
    operation = operations[0]
    fields = operation.selection_set.selections
    if operation.directives or len(fields) != 1 or not isinstance(fields[0], FieldNode):
        return None
    if fields[0].directives or any(
        one.default_value for one in operation.variable_definitions or ()
    ):
        return None
    name = operation.name.value if operation.name else None
    return Root(node=fields[0], operation_name=name, fragments=fragments)


def _select(
    shape: Shape,
    selections: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
) -> Getter | None:
    chosen: dict[str, Getter] = {}
    if selections is None or not _collect(shape, selections, fragments, chosen):
        return None
    pairs = list(chosen.items())
    return lambda source: {key: get(source) for key, get in pairs}


def _collect(
    shape: Shape,
    selections: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    chosen: dict[str, Getter],
) -> bool:
    """Add what is selected; false if the plan does not know it."""
    for node in selections.selections:
        if node.directives:
            return False
        if isinstance(node, FieldNode):
            if not _collect_field(shape, node, fragments, chosen):
                return False
        elif isinstance(node, FragmentSpreadNode):
            fragment = fragments[node.name.value]
            if fragment.directives or fragment.type_condition.name.value != shape.typename:
                return False
            if not _collect(shape, fragment.selection_set, fragments, chosen):
                return False
        else:
            return False
    return True


def _collect_field(
    shape: Shape,
    node: FieldNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    chosen: dict[str, Getter],
) -> bool:
    name = node.name.value
    key = node.alias.value if node.alias else name
    if name in shape.constant:
        value = shape.constant[name]
        chosen[key] = lambda source: value
        return True
    if node.arguments:
        return False
    if name == "__typename":
        chosen[key] = lambda source: shape.typename
    elif name in shape.fields:
        chosen[key] = shape.fields[name]
    elif name in shape.nested and key not in chosen:
        get, inner = shape.nested[name]
        select = _select(inner, node.selection_set, fragments)
        if select is None:
            return False
        chosen[key] = lambda source: None if (found := get(source)) is None else select(found)
    else:
        return False
    return True
