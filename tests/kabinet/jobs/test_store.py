"""The periodic work of the store: what is due is done, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from crowd import crowd

from chassis import clock
from chassis.config import current
from kabinet_server import models
from kabinet_server.app import JOBS
from kabinet_server.config import KabinetConfig
from kabinet_server.jobs.store import scan_repos, sweep_logs, sweep_silent_backends
from kabinet_server.operations import silence


@pytest.fixture
def store(transactional_db, configure):
    configure(sources={"git_url": "file:///nowhere/{user}/{repo}/{branch}/{path}"})
    found = crowd(3)
    models.OciRepo.objects.update(next_scan_at=clock.now() + timedelta(days=1))
    models.Pod.objects.update(status="RUNNING", reported="RUNNING")
    return found


def _silence(seconds, **filters):
    moment = clock.now() - timedelta(seconds=seconds)
    models.Backend.objects.filter(**filters).update(last_heartbeat=moment)


def _states():
    return sorted(models.Pod.objects.values_list("status", flat=True))


def test_all_jobs_are_run_by_the_service_and_swept_as_configured():
    assert [scan_repos, sweep_logs, sweep_silent_backends] == JOBS
    assert sweep_silent_backends.every_seconds == current(KabinetConfig).backends.sweep_seconds
    assert scan_repos.every_seconds < current(KabinetConfig).sources.retry_seconds


@pytest.mark.parametrize(
    ("seconds", "is_silent"), [(0, False), (50, False), (70, True), (9999, True)]
)
def test_a_backend_is_silent_after_the_configured_time(store, configure, seconds, is_silent):
    configure(backends={"silent_seconds": 60.0})
    _silence(seconds)
    sweep_silent_backends.function()
    assert _states() == [("UNKOWN" if is_silent else "RUNNING")] * 3
    store.deployment.refresh_from_db()
    assert (store.deployment.status == "UNKOWN") == is_silent


@pytest.mark.parametrize("status", ["STOPPED", "FAILED", "UNKOWN"])
def test_what_ended_or_is_unknown_already_is_left_alone(store, status):
    models.Pod.objects.update(status=status)
    before = set(models.Pod.objects.values_list("updated_at", flat=True))
    _silence(9999)
    sweep_silent_backends.function()
    assert _states() == [status] * 3
    assert set(models.Pod.objects.values_list("updated_at", flat=True)) == before


def test_the_pods_of_backends_that_speak_are_left_alone(store):
    speaking = models.Backend.objects.exclude(pk=store.backend.pk).first()
    models.Pod.objects.filter(pk=store.pod.pk).update(backend=speaking)
    _silence(9999, pk=store.backend.pk)
    sweep_silent_backends.function()
    assert _states() == ["RUNNING", "UNKOWN", "UNKOWN"]
    # What was last reported is kept for when the backend speaks again.
    assert set(models.Pod.objects.values_list("reported", flat=True)) == {"RUNNING"}


def test_many_are_marked_in_turns(store, monkeypatch):
    monkeypatch.setattr(silence, "_BATCH", 2)
    _silence(9999)
    sweep_silent_backends.function()
    assert _states() == ["RUNNING", "UNKOWN", "UNKOWN"]
    sweep_silent_backends.function()
    assert _states() == ["UNKOWN"] * 3


def _repo(moment):
    models.GithubRepo.objects.update(next_scan_at=moment, state="NEW")
    scan_repos.function()
    return models.GithubRepo.objects.get()


def test_a_repository_is_read_when_its_time_has_come_and_not_before(store):
    later = clock.now() + timedelta(hours=1)
    waiting = _repo(later)
    assert (waiting.state, waiting.failures, waiting.next_scan_at) == ("NEW", 0, later)
    for failures, due in enumerate((clock.now(), None), start=1):
        read = _repo(due)
        assert (read.state, read.failures) == ("ERROR", failures)
        assert read.last_error
        assert read.next_scan_at > clock.now()
    # A reading that fails takes nothing out of the store.
    assert models.Flavour.objects.filter(retired_at=None).count() == 3
    assert models.OciRepo.objects.get().state == "NEW"
