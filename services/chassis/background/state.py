"""How a job stands, told from what is written down of it; plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.background.ledger import SILENT_AFTER, JobRow, WorkerRow
from chassis.jobs import Job

#: A turn may come this late before it is said that the job waits for somebody to run it.
GRACE = timedelta(seconds=10)
BROKEN_OFF = "The process that ran it ended in the middle."


@dataclass(frozen=True)
class Standing:
    """A job now."""

    job: Job
    row: JobRow
    is_running: bool
    failed_at: datetime | None
    problem: str
    next_at: datetime | None
    waiting_since: datetime | None


def is_silent(worker: WorkerRow, now: datetime) -> bool:
    """Tell whether a worker has said nothing for too long."""
    return now - worker.beat_at > SILENT_AFTER


def standing(
    job: Job,
    row: JobRow | None,
    workers: Sequence[WorkerRow],
    *,
    now: datetime,
    since: datetime,
) -> Standing:
    """Tell how a job stands; `since` is when the process that answers began."""
    row = row or JobRow(job.name)
    alive = {worker.id for worker in workers if not is_silent(worker, now)}
    is_open = row.started_at is not None and row.ended_at is None
    # A worker says that it lives some moments after its first job may have begun.
    is_new = row.started_at is not None and now - row.started_at <= SILENT_AFTER
    known = {worker.id for worker in workers}
    is_running = is_open and (row.worker in alive or (is_new and row.worker not in known))
    is_broken = is_open and not is_running
    next_at = None if is_running else _next(job, row, since)
    is_waiting = next_at is not None and (row.wanted_at is not None or now - next_at > GRACE)
    return Standing(
        job=job,
        row=row,
        is_running=is_running,
        failed_at=row.started_at if is_broken else row.failed_at,
        problem=BROKEN_OFF if is_broken else row.problem,
        next_at=next_at,
        waiting_since=next_at if is_waiting else None,
    )


def _next(job: Job, row: JobRow, since: datetime) -> datetime | None:
    if row.wanted_at is not None:
        return row.wanted_at
    if job.every_seconds is None:
        return None
    last = max(moment for moment in (row.ended_at, row.started_at, since) if moment is not None)
    return last + timedelta(seconds=job.every_seconds)
