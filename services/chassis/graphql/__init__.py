"""GraphQL for every service: schema factory, context, limits, the ASGI door."""

from __future__ import annotations

from chassis.graphql.context import Context, Info, principal_of
from chassis.graphql.schema import build_schema, print_sdl

__all__ = ["Context", "Info", "build_schema", "principal_of", "print_sdl"]
