"""Metrics of the object store, as this service finds it, and of what it keeps there."""

from __future__ import annotations

import asyncio
import contextlib
import time

from asgiref.sync import async_to_sync
from django.db import DatabaseError
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from chassis.config import current
from chassis.errors import PlatformError
from chassis.objectstore.errors import ObjectNotFound
from chassis.parts.lookup import PATIENCE_SECONDS
from mikro_server.adapters.objects import object_store
from mikro_server.config import MikroConfig
from mikro_server.selectors.quota import kept_by_all


def look() -> list[Metric]:
    """Return the metrics; what does not answer is left out, and said to be away."""
    return [*async_to_sync(_store)(), *_ledger()]


async def _store() -> list[Metric]:
    up = GaugeMetricFamily("bauhof_objectstore_up", "Whether the object store answers mikro.")
    bucket = next(iter(current(MikroConfig).storage.buckets.values()))
    began = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _head(bucket)
    except (PlatformError, TimeoutError):
        up.add_metric([], 0)
        return [up]
    up.add_metric([], 1)
    waited = GaugeMetricFamily(
        "bauhof_objectstore_head_seconds",
        "Time to ask the object store for an object.",
        time.perf_counter() - began,
    )
    return [up, waited]


async def _head(bucket: str) -> None:
    # That it is not there is an answer, and by whom may know it.
    with contextlib.suppress(ObjectNotFound):
        await object_store().head(bucket, "health/metrics")


def _ledger() -> list[Metric]:
    try:
        kept = kept_by_all()
    except DatabaseError:
        return []
    return [
        GaugeMetricFamily(
            "bauhof_mikro_stored_bytes", "Bytes kept in the object store, by the ledger.", kept[0]
        ),
        GaugeMetricFamily("bauhof_mikro_stores", "Stores that are kept, by the ledger.", kept[1]),
    ]
