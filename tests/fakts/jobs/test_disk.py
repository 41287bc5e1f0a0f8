"""The job that notes how full the disk is."""

from __future__ import annotations

from chassis.config import current
from chassis.disk import read_notes
from fakts_server.app import JOBS
from fakts_server.config import FaktsConfig
from fakts_server.jobs.disk import note_disks


def test_the_job_is_wired_and_notes() -> None:
    assert note_disks in JOBS and note_disks.every_seconds
    before = len(read_notes(current(FaktsConfig).state_dir))
    note_disks.function()
    assert len(read_notes(current(FaktsConfig).state_dir)) == before + 1
