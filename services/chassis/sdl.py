"""`GET /schema`: the schema definition as text, for code generators."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from chassis.errors import NotFound
from chassis.graphql.schema import print_sdl


@require_safe
def schema_view(request: HttpRequest) -> HttpResponse:
    """Return the SDL of this service."""
    return HttpResponse(_sdl(), content_type="text/plain; charset=utf-8")


@cache
def _sdl() -> str:
    schema = getattr(import_module(f"{settings.BAUHOF_PACKAGE}.app"), "SCHEMA", None)
    if schema is None:
        raise NotFound("This service has no GraphQL schema.")
    return print_sdl(schema)
