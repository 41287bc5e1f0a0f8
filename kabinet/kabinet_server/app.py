"""Wiring of the kabinet process: schema, routes and jobs."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from kabinet_server.graphql.schema import schema

SCHEMA = schema
urlpatterns: list[URLPattern | URLResolver] = []
