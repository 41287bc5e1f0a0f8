"""Wiring of the mikro process: schema, routes and jobs."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from mikro_server.graphql.schema import schema
from mikro_server.http import objectstore

SCHEMA = schema
urlpatterns: list[URLPattern | URLResolver] = []
#: Mounted at the root of the origin: buckets are addressed by their bare name.
ROOT_URLPATTERNS: list[URLPattern | URLResolver] = [
    path("minio/health/live", objectstore.live, name="objectstore-live"),
]
