"""Prometheus metrics of the process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

from chassis.config import ServiceConfig, current
from chassis.disk import used_share

HTTP_REQUESTS = Counter(
    "bauhof_http_requests_total", "HTTP requests answered.", ["method", "status"]
)
HTTP_SECONDS = Histogram("bauhof_http_request_seconds", "Time to answer an HTTP request.")
WEBSOCKETS = Gauge("bauhof_websockets", "Open websockets.")
DISK_USED = Gauge("bauhof_disk_used_share", "Share of the disk of this service that is used.")
JOB_RUNS = Counter("bauhof_job_runs_total", "Runs of background jobs.", ["job", "outcome"])
#: Called before the metrics are told, for what is looked up rather than counted.
before_metrics: list[Callable[[], None]] = []


@require_safe
def metrics_view(request: HttpRequest) -> HttpResponse:
    """Return the metrics in the text format; the gateway does not pass this address on."""
    with contextlib.suppress(OSError):
        DISK_USED.set(used_share(current(ServiceConfig).state_dir))
    for look in before_metrics:
        look()
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
