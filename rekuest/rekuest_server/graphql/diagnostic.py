"""Findings about a declaration that did not refuse it."""

from __future__ import annotations

import strawberry

from rekuest_server.graphql.vocabulary import DiagnosticLevel


@strawberry.type(description="A finding about a declaration, for its developer.")
class Diagnostic:
    """A code with words and a place."""

    level: DiagnosticLevel = strawberry.field(description="How severe it is.")
    code: str = strawberry.field(description="A stable name of the finding.")
    message: str = strawberry.field(description="What was found.")
    path: str | None = strawberry.field(description="Where in the declaration.")
