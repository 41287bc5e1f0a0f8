"""Tries each minute whether the platform does its work."""

from __future__ import annotations

from chassis.config import current
from chassis.jobs import job
from fakts_server.config import FaktsConfig
from fakts_server.operations.synthetic import check_make


@job(every_seconds=current(FaktsConfig).synthetic.every_seconds or None)
def check_platform() -> None:
    """Log in, have an action run, write and read; keep what came of it."""
    check_make()
