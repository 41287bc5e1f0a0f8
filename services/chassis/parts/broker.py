"""What Redis says of itself, where the service's jobs go through one."""

from __future__ import annotations

import contextlib
from typing import Any

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from redis import Redis, RedisError

from chassis.config import ServiceConfig, current
from chassis.jobs import broker_url
from chassis.logs import get_logger
from chassis.parts.lookup import PATIENCE_SECONDS

logger = get_logger(__name__)


def look() -> list[Metric]:
    """Return the metrics; of a Redis that does not answer, that alone."""
    try:
        facts = _ask()
    except (RedisError, OSError) as error:
        logger.warning(
            "Redis told no metrics",
            extra={"event": "metrics.failed", "reason": type(error).__name__},
        )
        return [_up(0)]
    return [_up(1), *_told(facts)]


def _ask() -> dict[str, Any]:
    client = Redis.from_url(
        broker_url(current(ServiceConfig).jobs) or "",
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
    )
    with contextlib.closing(client):
        return dict(client.info())


def _up(value: int) -> Metric:
    return GaugeMetricFamily(
        "bauhof_redis_up", "Whether the Redis of this service's jobs answers.", value
    )


def _told(facts: dict[str, Any]) -> list[Metric]:
    return [
        GaugeMetricFamily("bauhof_redis_memory_bytes", "Memory in use.", facts["used_memory"]),
        GaugeMetricFamily(
            "bauhof_redis_memory_limit_bytes",
            "Memory at which writes are refused; 0 where there is no limit.",
            facts["maxmemory"],
        ),
        GaugeMetricFamily("bauhof_redis_connections", "Open ones.", facts["connected_clients"]),
        CounterMetricFamily(
            "bauhof_redis_rejected_connections_total",
            "Connections refused because there were too many.",
            facts["rejected_connections"],
        ),
        GaugeMetricFamily(
            "bauhof_redis_saved_timestamp_seconds",
            "When its data was last saved whole.",
            facts["rdb_last_save_time"],
        ),
        GaugeMetricFamily(
            "bauhof_redis_saving_ok",
            "Whether the last attempts to save went well.",
            facts["rdb_last_bgsave_status"] == "ok" and facts["aof_last_write_status"] == "ok",
        ),
    ]
