"""Refuses mutations while the disk is above its stop line."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import ExecutionResult, FieldNode, GraphQLError, OperationDefinitionNode, OperationType
from strawberry.extensions import SchemaExtension

from chassis import disk
from chassis.errors import DiskFull


class StopLine(SchemaExtension):
    """Answers a mutation with `DISK_FULL` instead of running it, unless it makes room."""

    def on_execute(self) -> Iterator[None]:
        """Look before the operation runs."""
        if self._writes() and disk.is_over_the_line():
            told = DiskFull()
            error = GraphQLError(told.message, extensions={"code": told.code}, original_error=told)
            self.execution_context.result = ExecutionResult(data=None, errors=[error])
        yield

    def _writes(self) -> bool:
        document = self.execution_context.graphql_document
        name = self.execution_context.operation_name
        for node in document.definitions if document else ():
            if not isinstance(node, OperationDefinitionNode):
                continue
            if name and (node.name is None or node.name.value != name):
                continue
            if node.operation is OperationType.MUTATION:
                return not all(
                    isinstance(one, FieldNode) and disk.frees(one.name.value)
                    for one in node.selection_set.selections
                )
        return False
