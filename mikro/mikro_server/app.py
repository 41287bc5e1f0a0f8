"""Wiring of the mikro process: schema, routes, lifespan and jobs."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from mikro_server.adapters.news import hearing_news
from mikro_server.adapters.objects import serving_objects
from mikro_server.graphql.schema import SCHEMA as SCHEMA
from mikro_server.http import objectstore
from mikro_server.jobs.hygiene import sweep_stores

urlpatterns: list[URLPattern | URLResolver] = []
#: Mounted at the root of the origin: clients ask it to choose an address for the object store.
ROOT_URLPATTERNS: list[URLPattern | URLResolver] = [
    path("minio/health/live", objectstore.live, name="objectstore-live"),
]
LIFESPAN = [serving_objects, hearing_news]
JOBS = [sweep_stores]
