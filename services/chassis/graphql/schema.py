"""The schema factory: limits, caches, and what a caller sees of an error."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import aclosing
from typing import Any, TypeVar, cast

import orjson
from django.db import DataError
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
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry_django.optimizer import DjangoOptimizerExtension

from chassis import disk
from chassis.config import LimitsConfig
from chassis.errors import InvalidInput, NotSupported, PlatformError
from chassis.graphql.context import Context
from chassis.graphql.limits import limit_rule
from chassis.graphql.plans import NOT_MINE, Plan, PlanBook, Prepare, answer_of
from chassis.graphql.stopline import StopLine
from chassis.logs import get_logger, request_id

logger = get_logger(__name__)

T = TypeVar("T")

#: The clients' documents are static, so a few hundred entries hold all there are.
_CACHED_DOCUMENTS = 512
_TOKENS_PER_DOCUMENT = 40_000


class Batch(ExecutionResult):
    """Several answers of a subscription, for a door that can send them together."""

    def __init__(self, answers: list[bytes]) -> None:
        super().__init__(data=None, errors=None)
        #: The whole data of each answer as JSON.
        self.answers = answers


class PlatformSchema(Schema):
    """A schema that tells a caller what went wrong, but nothing of how.

    Documents that have a plan run by it, all others by the generic executor.
    """

    plans: PlanBook

    async def run_prepared(self, body: bytes, context: Context) -> bytes | None:
        """Answer a request by its plan; None if there is none, or the plan does not take it."""
        found = self.plans.of_body(body)
        if found is None or disk.is_over_the_line():
            # The generic executor knows what to refuse.
            return None
        plan, variables = found
        assert plan.run is not None
        value, errors = await self._outcome(plan, plan.run(context, variables))
        if errors:
            return orjson.dumps({"data": None, "errors": [error.formatted for error in errors]})
        return None if value is NOT_MINE else answer_of(plan, value)

    async def stream(self, query: str | None, *args: Any, **kwargs: Any) -> Any:
        """Run an operation and stream its results; by its plan, if there is one."""
        plan = self.plans.of(query, kwargs.get("operation_name"))
        if plan is None or plan.stream is None or kwargs.get("variable_values"):
            return await super().stream(query, *args, **kwargs)
        return self._stream_prepared(plan, kwargs["context_value"])

    async def _stream_prepared(
        self, plan: Plan, context: Context
    ) -> AsyncIterator[ExecutionResult]:
        assert plan.stream is not None
        source = plan.stream(context)
        async with aclosing(source):
            while True:
                data, errors = await self._outcome(plan, anext(source, NOT_MINE))
                if errors:
                    yield ExecutionResult(data=None, errors=errors)
                    return
                if data is NOT_MINE:
                    return
                batch = cast(list[bytes], data)
                if context.takes_batches:
                    yield Batch(batch)
                    continue
                for one in batch:
                    yield ExecutionResult(data=cast(Any, orjson.Fragment(one)), errors=None)

    async def _outcome(
        self, plan: Plan, work: Awaitable[T]
    ) -> tuple[T | None, list[GraphQLError] | None]:
        """Wait for a step of a plan; an error is told the way the generic executor tells it."""
        try:
            return await work, None
        except Exception as error:  # noqa: BLE001 - the executor's edge: an error is an answer
            told = GraphQLError(
                str(error), nodes=[plan.root.node], path=[plan.root.key], original_error=error
            )
            self.process_errors([told])
            return None, [told]

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log unexpected errors whole; leave only a request id of them in the answer."""
        missing = [told for error in errors if (told := _not_offered(error)) is not None]
        if missing:
            # Its types are not known here either; what is said about them would only hide this.
            errors[:] = missing
            return
        for error in errors:
            cause = error.original_error
            if isinstance(cause, PlatformError):
                error.extensions = {"code": cause.code} | (
                    {"field": cause.field} if cause.field else {}
                )
            elif isinstance(cause, DataError):
                # A NUL in a text, a number without an end: the caller's value, not our fault.
                # What the database says quotes the value, which may be a secret: log the place.
                logger.warning(
                    "the database refused a value",
                    extra={"event": "graphql.value_refused", "path": error.path},
                )
                error.message = "A value cannot be kept: no NUL in texts, no infinite numbers."
                error.extensions = {"code": InvalidInput.code}
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


def _not_offered(error: GraphQLError) -> GraphQLError | None:
    """Return the error of a document that asks for a root field that this service does not have."""
    found = _UNKNOWN_ROOT.match(error.message) if error.path is None else None
    if found is None:
        return None
    name, kind = found.groups()
    told = NotSupported(f"This server does not offer the {kind.lower()} {name!r}.", field=name)
    return GraphQLError(
        told.message, nodes=error.nodes, extensions={"code": told.code, "field": name}
    )


_UNKNOWN_ROOT = re.compile(r"Cannot query field '(\w+)' on type '(Query|Mutation|Subscription)'")


def build_schema(
    *,
    query: type,
    mutation: type | None = None,
    subscription: type | None = None,
    types: Iterable[Any] = (),
    limits: LimitsConfig | None = None,
    scalars: dict[Any, Any] | None = None,
    optimize: bool = True,
    plans: Mapping[str, Prepare] | None = None,
) -> PlatformSchema:
    """Build a service's schema with the limits and extensions all services have.

    `plans` prepares documents of one root field, by the field's name.
    """
    bounds = limits or LimitsConfig()
    limit = limit_rule(bounds.query_depth, bounds.query_cost)
    # An extension instance belongs to one request; the caches are shared behind them.
    extensions: list[Any] = [
        lambda: ParserCache(maxsize=_CACHED_DOCUMENTS),
        lambda: ValidationCache(maxsize=_CACHED_DOCUMENTS),
        lambda: AddValidationRules([limit]),
        lambda: MaxTokensLimiter(max_token_count=_TOKENS_PER_DOCUMENT),
        StopLine,
    ]
    if optimize:
        extensions.append(DjangoOptimizerExtension)
    schema = PlatformSchema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=list(types),
        extensions=extensions,
        config=StrawberryConfig(auto_camel_case=True),
        scalar_overrides=scalars,
    )
    schema.plans = PlanBook(schema._schema, plans or {}, [limit])
    return schema


def print_sdl(schema: Schema) -> str:
    """Return the schema definition as text, as `/schema` serves it."""
    return print_schema(schema) + "\n"
