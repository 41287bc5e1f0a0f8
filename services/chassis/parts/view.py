"""`GET /metrics`: what this process counted, and what is looked up when somebody asks."""

from __future__ import annotations

import contextlib
from importlib import import_module

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from chassis.config import ServiceConfig, current
from chassis.disk import used_share
from chassis.metrics import DISK_USED, before_metrics
from chassis.parts import database
from chassis.parts.lookup import LookedUp

REGISTRY.register(LookedUp(database.look))
if (current(ServiceConfig).jobs.broker_url or "").startswith("redis"):
    # Its client is loaded only where there is a Redis.
    REGISTRY.register(LookedUp(import_module("chassis.parts.broker").look))


@require_safe
def metrics_view(request: HttpRequest) -> HttpResponse:
    """Return the metrics in the text format; the gateway does not pass this address on."""
    with contextlib.suppress(OSError):
        DISK_USED.set(used_share(current(ServiceConfig).state_dir))
    for look in before_metrics:
        look()
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
