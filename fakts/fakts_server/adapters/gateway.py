"""What the gateway says of itself, in our words: the names of its own may change with it."""

from __future__ import annotations

import contextlib
import socket
from collections import defaultdict
from collections.abc import Iterator
from http.client import OK, HTTPConnection, HTTPException
from urllib.parse import urlsplit

from prometheus_client import Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from chassis.config import current
from chassis.logs import get_logger
from chassis.parts.lookup import PATIENCE_SECONDS
from fakts_server.config import FaktsConfig

logger = get_logger(__name__)

#: Its servers that others come to; the one that tells the metrics is not counted.
_SERVERS = ("gateway", "secure")
#: First handler of the address at which it is asked whether it is up.
_HEALTH = "vars"
#: What it answers by itself when a service could not be reached, or not in time.
_UNANSWERED = ("502", "504")


def look() -> list[Metric]:
    """Return the metrics; of a gateway that does not answer, that alone."""
    try:
        samples = [*_counted(_ask(current(FaktsConfig).gateway_metrics or ""))]
    except (OSError, HTTPException, ValueError) as error:
        logger.warning(
            "the gateway told no metrics",
            extra={"event": "metrics.failed", "reason": type(error).__name__},
        )
        return [_up(0)]
    return [_up(1), *_told(samples), _first_bytes(samples)]


class _Next(HTTPConnection):
    """HTTP over the socket of a process next door."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket; whoever closes this closes that, connected or not."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE_SECONDS)
        self.sock.connect(self._path)


def _ask(place: str) -> str:
    parts = urlsplit(place)
    connection: HTTPConnection = _Next(place)
    if parts.hostname:
        connection = HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE_SECONDS)
    with contextlib.closing(connection):
        connection.request("GET", parts.path if parts.hostname else "/metrics")
        answer = connection.getresponse()
        if answer.status != OK:
            raise HTTPException(answer.status)
        return answer.read().decode()


def _counted(text: str) -> Iterator[Sample]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = sample.labels
            if labels.get("server") in _SERVERS and labels.get("handler") != _HEALTH:
                yield sample


def _up(value: int) -> Metric:
    return GaugeMetricFamily("bauhof_gateway_up", "Whether the gateway tells its metrics.", value)


def _sum(samples: list[Sample], name: str) -> float:
    return sum(sample.value for sample in samples if sample.name == name)


def _told(samples: list[Sample]) -> list[Metric]:
    requests = CounterMetricFamily(
        "bauhof_gateway_requests_total",
        "Requests the gateway was done with.",
        labels=["method", "status"],
    )
    by: defaultdict[tuple[str, str], float] = defaultdict(float)
    for sample in samples:
        if sample.name == "caddy_http_request_duration_seconds_count":
            by[sample.labels["method"], sample.labels["code"]] += sample.value
    for pair, count in sorted(by.items()):
        requests.add_metric(pair, count)
    return [
        requests,
        CounterMetricFamily(
            "bauhof_gateway_unanswered_total",
            "Requests for which the service could not be reached, or not in time.",
            sum(count for (_, status), count in by.items() if status in _UNANSWERED),
        ),
        GaugeMetricFamily(
            "bauhof_gateway_requests_in_flight",
            "Requests and websockets under way.",
            _sum(samples, "caddy_http_requests_in_flight"),
        ),
        CounterMetricFamily(
            "bauhof_gateway_received_bytes_total",
            "Bytes of requests, heads included.",
            _sum(samples, "caddy_http_request_size_bytes_sum"),
        ),
        CounterMetricFamily(
            "bauhof_gateway_sent_bytes_total",
            "Bytes of bodies sent back.",
            _sum(samples, "caddy_http_response_size_bytes_sum"),
        ),
    ]


def _first_bytes(samples: list[Sample]) -> Metric:
    name = "caddy_http_response_duration_seconds"
    below: defaultdict[str, float] = defaultdict(float)
    for sample in samples:
        if sample.name == f"{name}_bucket":
            below[sample.labels["le"]] += sample.value
    waited = HistogramMetricFamily(
        "bauhof_gateway_first_byte_seconds", "Time to the first byte of an answer."
    )
    bounds = sorted(below.items(), key=lambda one: float(one[0]))
    waited.add_metric([], buckets=bounds or [("+Inf", 0)], sum_value=_sum(samples, f"{name}_sum"))
    return waited
