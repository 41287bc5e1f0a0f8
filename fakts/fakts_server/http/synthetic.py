"""What the synthetic check found, as metrics: the process that makes it may be another one."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import Gauge

from chassis.config import current
from fakts_server.adapters.record import read
from fakts_server.config import FaktsConfig

UP = Gauge("bauhof_synthetic_up", "Whether the last synthetic check went well.")
STEP_SECONDS = Gauge(
    "bauhof_synthetic_step_seconds", "Time of each step of the last synthetic check.", ["step"]
)
CHECKS = Gauge("bauhof_synthetic_checks", "Synthetic checks since the start.", ["outcome"])
SUCCEEDED_AT = Gauge(
    "bauhof_synthetic_success_timestamp_seconds", "When a synthetic check last went well."
)


def tell_check() -> None:
    """Bring the metrics in line with the record."""
    record = read(current(FaktsConfig).state_dir)
    STEP_SECONDS.clear()
    if record is None or record.at is None:
        return
    UP.set(record.last.step is None)
    CHECKS.labels("done").set(record.done)
    CHECKS.labels("failed").set(record.failed)
    for step, seconds in record.last.seconds.items():
        STEP_SECONDS.labels(step).set(seconds)
    if record.ok_at is not None:
        SUCCEEDED_AT.set(datetime.fromisoformat(record.ok_at).timestamp())
