"""Periodic work: sweeping what nobody finished or wants any more."""

from __future__ import annotations

from chassis.config import current
from chassis.jobs import job
from mikro_server.config import MikroConfig
from mikro_server.operations import hygiene, orphans


@job(every_seconds=current(MikroConfig).trash.sweep_seconds)
def sweep_stores() -> None:
    """Remove the data of abandoned uploads and of what left the trash."""
    hygiene.sweep()


@job(every_seconds=current(MikroConfig).orphans.every_seconds)
def attend_orphans() -> None:
    """Look for objects without a living row; report or remove them as configured."""
    orphans.orphans_attend()
