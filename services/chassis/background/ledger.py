"""Writes down what jobs and workers do; a database that is away stops no work.

Plain SQL: this is loaded before Django knows its models.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, close_old_connections, connection

from chassis import clock
from chassis.errors import PlatformError
from chassis.ids import new_id
from chassis.logs import get_logger

logger = get_logger(__name__)

BEAT_SECONDS = 15.0
#: Whoever has said nothing for so long is taken for dead.
SILENT_AFTER = timedelta(seconds=60)
_FORGOTTEN_AFTER = timedelta(days=1)
_LONGEST_PROBLEM = 300

_STARTED = """
    INSERT INTO chassis_job_note (name, started_at, worker, problem, runs, failures)
    VALUES (%s, %s, %s, '', 0, 0)
    ON CONFLICT (name) DO UPDATE SET started_at = EXCLUDED.started_at, ended_at = NULL,
        wanted_at = NULL, worker = EXCLUDED.worker
"""
_DONE = """
    UPDATE chassis_job_note
    SET ended_at = %s, runs = runs + 1, failed_at = NULL, problem = '' WHERE name = %s
"""
_FAILED = """
    UPDATE chassis_job_note
    SET ended_at = %s, runs = runs + 1, failures = failures + 1, failed_at = %s, problem = %s
    WHERE name = %s
"""
_BEAT = """
    INSERT INTO chassis_worker (id, kind, host, pid, started_at, beat_at)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (id) DO UPDATE SET beat_at = EXCLUDED.beat_at
"""


@dataclass(frozen=True)
class JobRow:
    """What is written down of a job."""

    name: str
    wanted_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    failed_at: datetime | None = None
    problem: str = ""
    runs: int = 0
    failures: int = 0
    worker: str = ""


@dataclass(frozen=True)
class WorkerRow:
    """What is written down of a process that works."""

    id: str
    kind: str
    host: str
    pid: int
    started_at: datetime
    beat_at: datetime


class Ledger:
    """The pen of one process."""

    def __init__(self, kind: str) -> None:
        self.worker = new_id()
        self._kind = kind
        self._since = clock.now()

    def started(self, name: str) -> None:
        """Note that a job begins."""
        _write(_STARTED, [name, clock.now(), self.worker])

    def ended(self, name: str, error: Exception | None) -> None:
        """Note how a job ended."""
        moment = clock.now()
        if error is None:
            _write(_DONE, [moment, name])
        else:
            _write(_FAILED, [moment, moment, problem_of(error), name])

    def beat(self) -> None:
        """Say that this process lives; forget those that have not said so for long."""
        moment = clock.now()
        values = [self.worker, self._kind, socket.gethostname(), os.getpid(), self._since, moment]
        _write(_BEAT, values)
        _write("DELETE FROM chassis_worker WHERE beat_at < %s", [moment - _FORGOTTEN_AFTER])

    def gone(self) -> None:
        """Note that this process ends."""
        _write("DELETE FROM chassis_worker WHERE id = %s", [self.worker])


def say_that_it_lives(pen: Ledger, over: threading.Event | None = None) -> None:
    """Beat until it is over; what a process that ends leaves behind falls silent."""
    over = over or threading.Event()
    while True:
        pen.beat()
        if over.wait(BEAT_SECONDS):
            pen.gone()
            return


def problem_of(error: Exception) -> str:
    """Tell a fault in one line; of texts of others only the kind, for they may hold secrets."""
    said = error.message if isinstance(error, PlatformError) else type(error).__name__
    return said[:_LONGEST_PROBLEM]


def look() -> tuple[dict[str, JobRow], list[WorkerRow]]:
    """Return what is written down: jobs by their names, and workers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, wanted_at, started_at, ended_at, failed_at, problem, runs, failures,"
            " worker FROM chassis_job_note"
        )
        jobs = {row[0]: JobRow(*row) for row in cursor.fetchall()}
        cursor.execute(
            "SELECT id, kind, host, pid, started_at, beat_at FROM chassis_worker"
            " ORDER BY started_at, id"
        )
        return jobs, [WorkerRow(*row) for row in cursor.fetchall()]


def want(name: str) -> None:
    """Note that a job is asked to run once more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE chassis_job_note SET wanted_at = %s WHERE name = %s", [clock.now(), name]
        )


def forget_failure(name: str) -> None:
    """Forget that a job failed, or was broken off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE chassis_job_note SET failed_at = NULL, problem = '',"
            " ended_at = COALESCE(ended_at, started_at) WHERE name = %s",
            [name],
        )


def _write(statement: str, values: list[Any]) -> None:
    with _quietly(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Go on without the note where the database is away."""
    try:
        yield
    except Error as error:
        logger.warning("not noted: %s", error, extra={"event": "job.not_noted"})
    finally:
        close_old_connections()
