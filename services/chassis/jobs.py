"""Background work: Celery's API, with or without a broker.

A job is a Celery task of this process's app. With `jobs.broker_url` a Celery worker and beat run
it; without one the service process itself does, in a few threads: no Redis, no further process.
Jobs must be safe to run twice and to miss a turn, because rows decide what is due, not the timer.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from celery import Celery
from django.db import close_old_connections

from chassis.config import ConfigError, JobsConfig
from chassis.logs import get_logger
from chassis.metrics import JOB_RUNS
from chassis.secretfile import read_secret

logger = get_logger(__name__)

_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True)
class Job:
    """A function to run in the background; `every_seconds` makes it periodic."""

    name: str
    function: Callable[..., object]
    every_seconds: float | None = None


def job(*, every_seconds: float | None = None) -> Callable[[Callable[..., object]], Job]:
    """Make a job of a function, named after its module and itself."""

    def make(function: Callable[..., object]) -> Job:
        return Job(f"{function.__module__}.{function.__name__}", function, every_seconds)

    return make


def broker_url(config: JobsConfig) -> str | None:
    """Return the broker's address with the password that is kept in a file of its own."""
    if config.broker_url is None or config.password_file is None:
        return config.broker_url
    try:
        password = read_secret(config.password_file)
    except OSError as error:
        raise ConfigError(
            "jobs.password_file", f"cannot read {config.password_file}: {error.strerror}"
        ) from None
    scheme, _, rest = config.broker_url.partition("://")
    user, _, place = rest.rpartition("@")
    return f"{scheme}://{user}:{quote(password, safe='')}@{place}"


class Notes(Protocol):
    """Somebody who writes down how jobs go."""

    def started(self, name: str) -> None:
        """Note that a job begins."""

    def ended(self, name: str, error: Exception | None) -> None:
        """Note how it ended."""


def celery_app(
    service: str, config: JobsConfig, jobs: Sequence[Job], notes: Notes | None = None
) -> Celery:
    """Return the Celery app of a service with its jobs and its beat table."""
    app = Celery(service, broker=broker_url(config), set_as_current=False)
    # Services may share a broker, and none may read what is another's.
    app.conf.broker_transport_options = {"global_keyprefix": f"{service}:"}
    app.conf.broker_connection_retry_on_startup = True
    app.conf.worker_enable_remote_control = False
    app.conf.worker_hijack_root_logger = False
    app.conf.task_ignore_result = True
    app.conf.task_default_queue = service
    app.conf.task_acks_late = True
    for entry in jobs:
        # Its own: a process may hold several apps, and each runs what it was given.
        app.task(name=entry.name, shared=False)(_noted(entry, notes))
        if entry.every_seconds is not None:
            app.conf.beat_schedule[entry.name] = {
                "task": entry.name,
                "schedule": entry.every_seconds,
            }
    return app


class LocalRunner:
    """Runs jobs in threads of the service process; one job never overlaps with itself."""

    def __init__(self, jobs: Sequence[Job], threads: int, notes: Notes | None = None) -> None:
        self._work = {entry.name: _noted(entry, notes) for entry in jobs}
        self._turns = {entry.name: asyncio.Lock() for entry in jobs}
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="jobs")
        self._asked: set[asyncio.Task[bool]] = set()
        self._running: set[Future[bool]] = set()

    async def run(self, name: str, **kwargs: Any) -> bool:
        """Run a job now, or when its present run is over; return whether it went well."""
        async with self._turns[name]:
            work = self._executor.submit(_run_once, name, self._work[name], kwargs)
            self._running.add(work)
            work.add_done_callback(self._running.discard)
            return await asyncio.wrap_future(work)

    def start(self, name: str) -> None:
        """Have a job run soon; nobody waits for it."""
        turn = asyncio.get_running_loop().create_task(self.run(name))
        self._asked.add(turn)
        turn.add_done_callback(self._asked.discard)

    async def repeat(self, entry: Job) -> None:
        """Run a periodic job for ever."""
        assert entry.every_seconds is not None
        while True:
            await asyncio.sleep(entry.every_seconds)
            await self.run(entry.name)

    async def close(self) -> None:
        """Take no further jobs, and give those that run a moment to end."""
        for turn in self._asked:
            turn.cancel()
        self._executor.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(wait, set(self._running), _PATIENCE_SECONDS)


def _noted(entry: Job, notes: Notes | None) -> Callable[..., object]:
    """Return the function of a job; whoever runs it, how it went is written down."""
    if notes is None:
        return entry.function

    @functools.wraps(entry.function)
    def work(**kwargs: Any) -> object:
        notes.started(entry.name)
        try:
            result = entry.function(**kwargs)
        except Exception as error:
            notes.ended(entry.name, error)
            raise
        notes.ended(entry.name, None)
        return result

    return work


def _run_once(name: str, work: Callable[..., object], kwargs: dict[str, Any]) -> bool:
    try:
        work(**kwargs)
    except Exception:  # the edge of the process: one failing job must not end the others
        JOB_RUNS.labels(name, "failed").inc()
        logger.exception("a job failed", extra={"event": "job.failed", "job": name})
        return False
    finally:
        close_old_connections()
    JOB_RUNS.labels(name, "done").inc()
    return True


@contextlib.asynccontextmanager
async def running_jobs(
    config: JobsConfig, jobs: Sequence[Job], notes: Notes | None = None
) -> AsyncIterator[LocalRunner | None]:
    """Run the periodic jobs while the service lives, unless a broker's workers do."""
    if config.broker_url is not None:
        yield None
        return
    runner = LocalRunner(jobs, config.threads, notes)
    turns = [asyncio.create_task(runner.repeat(entry)) for entry in jobs if entry.every_seconds]
    try:
        yield runner
    finally:
        for turn in turns:
            turn.cancel()
        await asyncio.gather(*turns, return_exceptions=True)
        await runner.close()
