"""Notes how full the disk is, for a forecast."""

from __future__ import annotations

from chassis.config import current
from chassis.disk import NOTE_SECONDS, note_use
from chassis.jobs import job
from fakts_server.config import FaktsConfig


@job(every_seconds=NOTE_SECONDS)
def note_disks() -> None:
    """Note how full the disk of this installation is."""
    note_use(current(FaktsConfig).state_dir)
