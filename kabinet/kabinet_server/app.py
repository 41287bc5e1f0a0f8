"""Wiring of the kabinet process: schema, routes, lifespan and jobs."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from kabinet_server.adapters.news import PODS
from kabinet_server.graphql.schema import SCHEMA as SCHEMA
from kabinet_server.jobs.store import scan_repos, sweep_logs, sweep_silent_backends

urlpatterns: list[URLPattern | URLResolver] = []
LIFESPAN = [PODS.hearing]
JOBS = [scan_repos, sweep_logs, sweep_silent_backends]
