"""Bounds on a GraphQL document, checked by validation before anything runs."""

from __future__ import annotations

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

LIMIT_EXCEEDED = "QUERY_TOO_COMPLEX"


class _Measure:
    """Depth and cost of selection sets; each fragment is measured once."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[str, tuple[int, int]] = {}

    def of(self, selections: SelectionSetNode | None, path: frozenset[str]) -> tuple[int, int]:
        """Return (depth, number of fields) with fragments expanded."""
        depth = cost = 0
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                inner_depth, inner_cost = self.of(node.selection_set, path)
                inner_depth, inner_cost = inner_depth + 1, inner_cost + 1
            elif isinstance(node, InlineFragmentNode):
                inner_depth, inner_cost = self.of(node.selection_set, path)
            else:
                assert isinstance(node, FragmentSpreadNode)
                inner_depth, inner_cost = self._fragment(node.name.value, path)
            depth, cost = max(depth, inner_depth), cost + inner_cost
        return depth, cost

    def _fragment(self, name: str, path: frozenset[str]) -> tuple[int, int]:
        if name in self._known:
            return self._known[name]
        node = self._fragments.get(name)
        if node is None or name in path:  # other rules report unknown and circular fragments
            return 0, 0
        measured = self._known[name] = self.of(node.selection_set, path | {name})
        return measured


def limit_rule(depth: int, cost: int) -> type[ValidationRule]:
    """Make the validation rule that refuses documents deeper or larger than the bounds."""

    class DocumentLimits(ValidationRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            measure = _Measure(context.document)
            for node in context.document.definitions:
                if isinstance(node, OperationDefinitionNode):
                    self._check(node, *measure.of(node.selection_set, frozenset()))

        def _check(self, node: OperationDefinitionNode, found_depth: int, found_cost: int) -> None:
            name = node.name.value if node.name else "the operation"
            for what, found, most in (
                ("levels deep", found_depth, depth),
                ("fields large", found_cost, cost),
            ):
                if found > most:
                    self.report_error(
                        GraphQLError(
                            f"{name} is {found} {what}; at most {most} are allowed here.",
                            nodes=[node],
                            extensions={"code": LIMIT_EXCEEDED},
                        )
                    )

    return DocumentLimits
