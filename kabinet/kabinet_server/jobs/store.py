"""Periodic work: reading repositories, noticing backends that fell silent."""

from __future__ import annotations

from asgiref.sync import async_to_sync

from chassis.config import current
from chassis.jobs import job
from kabinet_server.config import KabinetConfig
from kabinet_server.operations import pod, scan, silence

_SCAN_TURN_SECONDS = 15
_LOGS_TURN_SECONDS = 3600


@job(every_seconds=_SCAN_TURN_SECONDS)
def scan_repos() -> None:
    """Read the repositories whose time has come."""
    async_to_sync(scan.scan_due)()


@job(every_seconds=_LOGS_TURN_SECONDS)
def sweep_logs() -> None:
    """Delete what containers wrote that were removed long ago."""
    pod.logs_sweep()


@job(every_seconds=current(KabinetConfig).backends.sweep_seconds)
def sweep_silent_backends() -> None:
    """Say of the pods of silent backends that nobody knows their state."""
    silence.silent_pods_mark()
