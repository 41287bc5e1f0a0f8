"""How a job stands, from what is written down of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chassis.background.ledger import SILENT_AFTER, JobRow, WorkerRow
from chassis.background.state import BROKEN_OFF, GRACE, is_silent, standing
from chassis.jobs import Job

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SINCE = NOW - timedelta(hours=1)
SWEEP = Job("sweep", print, every_seconds=60)
BY_HAND = Job("by_hand", print)
ALIVE = WorkerRow("w", "service", "lab", 1, SINCE, NOW - timedelta(seconds=5))
SILENT = replace(ALIVE, beat_at=NOW - SILENT_AFTER - timedelta(seconds=1))


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def stands(row: JobRow | None, job: Job = SWEEP, workers: tuple[WorkerRow, ...] = (ALIVE,)):
    return standing(job, row, workers, now=NOW, since=SINCE)


def test_a_worker_is_silent_after_a_while():
    assert not is_silent(ALIVE, NOW)
    assert is_silent(SILENT, NOW)


def test_the_next_turn_follows_the_last_run():
    found = stands(JobRow("sweep", started_at=ago(30), ended_at=ago(20), runs=1))
    assert found.next_at == NOW + timedelta(seconds=40)
    assert (found.is_running, found.failed_at, found.waiting_since) == (False, None, None)


def test_the_first_turn_follows_the_start_of_the_process():
    found = standing(SWEEP, None, [ALIVE], now=NOW, since=ago(10))
    assert found.next_at == NOW + timedelta(seconds=50)
    old = JobRow("sweep", started_at=ago(9000), ended_at=ago(8000))
    assert standing(SWEEP, old, [ALIVE], now=NOW, since=ago(10)).next_at == found.next_at


def test_a_job_without_a_timer_has_no_turn():
    found = stands(None, BY_HAND)
    assert (found.next_at, found.waiting_since) == (None, None)


def test_a_job_that_was_begun_runs_while_its_worker_lives():
    row = JobRow("sweep", started_at=ago(300), worker="w")
    found = stands(row)
    assert found.is_running
    assert found.next_at is None


@pytest.mark.parametrize("workers", [(SILENT,), ()])
def test_a_run_whose_worker_is_gone_was_broken_off(workers):
    found = stands(JobRow("sweep", started_at=ago(300), worker="w"), workers=workers)
    assert not found.is_running
    assert found.failed_at == ago(300)
    assert found.problem == BROKEN_OFF
    assert found.waiting_since == ago(240)


def test_a_worker_that_only_began_is_not_taken_for_dead():
    assert stands(JobRow("sweep", started_at=ago(1), worker="new")).is_running


def test_a_turn_that_nobody_takes_waits():
    def due(seconds: float) -> datetime:
        return NOW - timedelta(seconds=60) - timedelta(seconds=seconds)

    late = GRACE.total_seconds()
    assert stands(JobRow("sweep", ended_at=due(late - 1))).waiting_since is None
    assert stands(JobRow("sweep", ended_at=due(late + 1))).waiting_since == ago(late + 1)


def test_what_is_asked_for_waits_at_once():
    row = JobRow("sweep", started_at=ago(30), ended_at=ago(30), wanted_at=ago(1))
    found = stands(row)
    assert found.waiting_since == found.next_at == ago(1)


def test_a_failure_is_told():
    row = JobRow("sweep", started_at=ago(30), ended_at=ago(29), failed_at=ago(29), problem="Oh")
    found = stands(row)
    assert (found.failed_at, found.problem) == (ago(29), "Oh")
