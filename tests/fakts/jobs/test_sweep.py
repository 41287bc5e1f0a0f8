"""The clean-up job."""

from __future__ import annotations

from fakts_server.app import JOBS
from fakts_server.jobs.sweep import sweep_expired
from fakts_server.models.credential import DeviceCode


def test_the_job_is_wired_and_sweeps(api, lab, now):
    assert sweep_expired in JOBS
    assert sweep_expired.every_seconds
    api.start()
    now.forward(86_400)
    sweep_expired.function()
    assert not DeviceCode.objects.exists()
