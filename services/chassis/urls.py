"""The URL root of every service: its own routes and the common ones below its prefix."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from chassis.errors import NotFound
from chassis.health import health_view
from chassis.http import error_response
from chassis.parts.view import metrics_view
from chassis.sdl import schema_view

_app = import_module(f"{settings.BAUHOF_PACKAGE}.app")
_prefix = settings.BAUHOF_CONFIG.path_prefix.lstrip("/")

urlpatterns = [
    *getattr(_app, "ROOT_URLPATTERNS", []),
    path(f"{_prefix}/ht", health_view),
    path(f"{_prefix}/ht/", health_view),
    path(f"{_prefix}/schema", schema_view),
    path(f"{_prefix}/metrics", metrics_view),
    path(f"{_prefix}/", include(_app.urlpatterns)),
]


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown address as JSON."""
    return error_response(NotFound("There is nothing at this address."))
