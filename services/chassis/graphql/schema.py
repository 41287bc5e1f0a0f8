"""The schema factory: limits, caches, and what a caller sees of an error."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError
from strawberry import Schema
from strawberry.extensions import (
    AddValidationRules,
    MaxTokensLimiter,
    ParserCache,
    ValidationCache,
)
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry_django.optimizer import DjangoOptimizerExtension

from chassis.config import LimitsConfig
from chassis.errors import PlatformError
from chassis.graphql.limits import limit_rule
from chassis.logs import get_logger, request_id

logger = get_logger(__name__)

#: The clients' documents are static, so a few hundred entries hold all there are.
_CACHED_DOCUMENTS = 512
_TOKENS_PER_DOCUMENT = 40_000


class PlatformSchema(Schema):
    """A schema that tells a caller what went wrong, but nothing of how."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log unexpected errors whole; leave only a request id of them in the answer."""
        for error in errors:
            cause = error.original_error
            if isinstance(cause, PlatformError):
                error.extensions = {"code": cause.code} | (
                    {"field": cause.field} if cause.field else {}
                )
            elif cause is not None and error.path is not None:
                # Without a path it is a value that could not be read, which is the caller's.
                logger.error(
                    "unexpected error in a resolver",
                    exc_info=cause,
                    extra={"event": "graphql.failed", "path": error.path},
                )
                error.message = "Something went wrong in the server; it has been logged."
                error.extensions = {"code": "INTERNAL_ERROR", "requestId": request_id.get()}
            elif not error.extensions:
                error.extensions = {"code": "INVALID_INPUT"}


def build_schema(
    *,
    query: type,
    mutation: type | None = None,
    subscription: type | None = None,
    types: Iterable[Any] = (),
    limits: LimitsConfig | None = None,
    scalars: dict[Any, Any] | None = None,
    optimize: bool = True,
) -> PlatformSchema:
    """Build a service's schema with the limits and extensions all services have."""
    bounds = limits or LimitsConfig()
    limit = limit_rule(bounds.query_depth, bounds.query_cost)
    # An extension instance belongs to one request; the caches are shared behind them.
    extensions: list[Any] = [
        lambda: ParserCache(maxsize=_CACHED_DOCUMENTS),
        lambda: ValidationCache(maxsize=_CACHED_DOCUMENTS),
        lambda: AddValidationRules([limit]),
        lambda: MaxTokensLimiter(max_token_count=_TOKENS_PER_DOCUMENT),
    ]
    if optimize:
        extensions.append(DjangoOptimizerExtension)
    return PlatformSchema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=list(types),
        extensions=extensions,
        config=StrawberryConfig(auto_camel_case=True),
        scalar_overrides=scalars,
    )


def print_sdl(schema: Schema) -> str:
    """Return the schema definition as text, as `/schema` serves it."""
    return print_schema(schema) + "\n"
