"""Wiring of the Rekuest broker: routes, schema, sockets, lifespan and jobs."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from django.urls import URLPattern, URLResolver, path

from chassis.jobs import Job
from rekuest_server.adapters.objects import served
from rekuest_server.graphql.schema import schema
from rekuest_server.http.key_set import key_set_view
from rekuest_server.operations.running import broker_running
from rekuest_server.ws.agent import agent_socket

urlpatterns: list[URLPattern | URLResolver] = [path(".well-known/jwks.json", key_set_view)]
SCHEMA = schema
SOCKETS: dict[str, Any] = {"agi": agent_socket}
JOBS: list[Job] = []


@contextlib.asynccontextmanager
async def _broker() -> AsyncIterator[None]:
    async with broker_running():
        yield


LIFESPAN = [served.serving, _broker]
