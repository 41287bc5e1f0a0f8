"""Background work: Celery's API, with or without a broker.

A job is a Celery task of this process's app. With `jobs.broker_url` a Celery worker and beat run
it; without one the service process itself does, in a few threads: no Redis, no further process.
Jobs must be safe to run twice and to miss a turn, because rows decide what is due, not the timer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from celery import Celery
from django.db import close_old_connections

from chassis.config import ConfigError, JobsConfig
from chassis.logs import get_logger
from chassis.metrics import JOB_RUNS
from chassis.secretfile import read_secret

logger = get_logger(__name__)


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


def celery_app(service: str, config: JobsConfig, jobs: Sequence[Job]) -> Celery:
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
        app.task(name=entry.name)(entry.function)
        if entry.every_seconds is not None:
            app.conf.beat_schedule[entry.name] = {
                "task": entry.name,
                "schedule": entry.every_seconds,
            }
    return app


class LocalRunner:
    """Runs jobs in threads of the service process; one job never overlaps with itself."""

    def __init__(self, jobs: Sequence[Job], threads: int) -> None:
        self._jobs = {entry.name: entry for entry in jobs}
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="jobs")

    async def run(self, name: str, **kwargs: Any) -> bool:
        """Run a job now; return whether it went well."""
        loop = asyncio.get_running_loop()
        entry = self._jobs[name]
        return await loop.run_in_executor(self._executor, _run_once, entry, kwargs)

    async def repeat(self, entry: Job) -> None:
        """Run a periodic job for ever."""
        assert entry.every_seconds is not None
        while True:
            await asyncio.sleep(entry.every_seconds)
            await self.run(entry.name)

    def close(self) -> None:
        """Take no further jobs."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def _run_once(entry: Job, kwargs: dict[str, Any]) -> bool:
    try:
        entry.function(**kwargs)
    except Exception:  # the edge of the process: one failing job must not end the others
        JOB_RUNS.labels(entry.name, "failed").inc()
        logger.exception("a job failed", extra={"event": "job.failed", "job": entry.name})
        return False
    finally:
        close_old_connections()
    JOB_RUNS.labels(entry.name, "done").inc()
    return True


@contextlib.asynccontextmanager
async def running_jobs(config: JobsConfig, jobs: Sequence[Job]) -> AsyncIterator[None]:
    """Run the periodic jobs while the service lives, unless a broker's workers do."""
    if config.broker_url is not None or not jobs:
        yield
        return
    runner = LocalRunner(jobs, config.threads)
    turns = [asyncio.create_task(runner.repeat(entry)) for entry in jobs if entry.every_seconds]
    try:
        yield
    finally:
        for turn in turns:
            turn.cancel()
        await asyncio.gather(*turns, return_exceptions=True)
        runner.close()
