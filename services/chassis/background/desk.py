"""Where the process that serves and its jobs meet: who runs them, who is asked to run one again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from asgiref.sync import sync_to_async

from chassis import clock
from chassis.background import ledger
from chassis.background.ledger import BEAT_SECONDS, Ledger, WorkerRow
from chassis.background.state import Standing, standing
from chassis.config import JobsConfig
from chassis.errors import Conflict, NotFound
from chassis.jobs import Job, LocalRunner, celery_app, running_jobs

#: The first sign of life comes a little later: a process that ends at once leaves no trace.
_FIRST_BEAT_SECONDS = 2.0


@dataclass(frozen=True)
class Desk:
    """The jobs of the process that answers."""

    service: str
    config: JobsConfig
    jobs: Sequence[Job]
    runner: LocalRunner | None
    since: datetime

    def look(self) -> tuple[list[Standing], list[WorkerRow]]:
        """Return how all jobs stand, and who works."""
        rows, workers = ledger.look()
        now = clock.now()
        told = [
            standing(job, rows.get(job.name), workers, now=now, since=self.since)
            for job in self.jobs
        ]
        return told, workers

    def _failed(self, name: str) -> None:
        """Refuse what did not fail, or is at work again."""
        for one in self.look()[0]:
            if one.job.name == name:
                if one.is_running or one.failed_at is None:
                    raise Conflict("This job did not fail, or runs again: there is nothing to do.")
                return
        raise NotFound()

    async def retry(self, name: str) -> None:
        """Have a job that failed run again now, by whoever runs the jobs of the service."""
        await sync_to_async(self._failed)(name)
        await sync_to_async(ledger.want)(name)
        if self.runner is not None:
            self.runner.start(name)
            return
        app = celery_app(self.service, self.config, [])
        await sync_to_async(app.send_task)(name)

    async def forget(self, name: str) -> None:
        """Forget that a job failed."""
        await sync_to_async(self._failed)(name)
        await sync_to_async(ledger.forget_failure)(name)


class _Held:
    """The desk of this process while it serves."""

    desk: Desk | None = None


def current_desk() -> Desk:
    """Return the desk of this process, which is there while it serves."""
    if _Held.desk is None:
        raise NotFound("This process serves nothing.")
    return _Held.desk


@contextlib.asynccontextmanager
async def at_work(service: str, config: JobsConfig, jobs: Sequence[Job]) -> AsyncIterator[None]:
    """Run the jobs while the service lives, unless a broker's workers do, and note how they go."""
    # With a broker the workers say that they live; this process only serves.
    pen = Ledger("service")
    async with running_jobs(config, jobs, pen) as runner:
        _Held.desk = Desk(service, config, jobs, runner, clock.now())
        over = asyncio.Event()
        beats = asyncio.create_task(_beating(pen, over)) if runner is not None else None
        try:
            yield
        finally:
            _Held.desk = None
            over.set()
            if beats is not None:
                await beats


async def _beating(pen: Ledger, over: asyncio.Event) -> None:
    pause, is_noted = _FIRST_BEAT_SECONDS, False
    while not await _is_over(over, pause):
        await asyncio.to_thread(pen.beat)
        pause, is_noted = BEAT_SECONDS, True
    if is_noted:
        await asyncio.to_thread(pen.gone)


async def _is_over(over: asyncio.Event, pause: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), pause)
    return over.is_set()
