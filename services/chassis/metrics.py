"""What a process counts of itself; `chassis.parts` tells it, and what the process stands on."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram

HTTP_REQUESTS = Counter(
    "bauhof_http_requests_total", "HTTP requests answered.", ["method", "status"]
)
HTTP_SECONDS = Histogram("bauhof_http_request_seconds", "Time to answer an HTTP request.")
WEBSOCKETS = Gauge("bauhof_websockets", "Open websockets.")
DISK_USED = Gauge("bauhof_disk_used_share", "Share of the disk of this service that is used.")
JOB_RUNS = Counter("bauhof_job_runs_total", "Runs of background jobs.", ["job", "outcome"])
#: Called before the metrics are told, for what is looked up rather than counted.
before_metrics: list[Callable[[], None]] = []
