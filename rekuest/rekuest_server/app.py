"""Wiring of the broker: its GraphQL schema."""

from __future__ import annotations

from rekuest_server.graphql.schema import SCHEMA

__all__ = ["SCHEMA"]
