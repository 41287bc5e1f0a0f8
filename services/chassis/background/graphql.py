"""The queue of jobs of a service in its public schema; the same in all services, for admins."""

from __future__ import annotations

from datetime import datetime

import strawberry
from asgiref.sync import sync_to_async

from chassis import clock
from chassis.background.desk import current_desk
from chassis.background.ledger import WorkerRow
from chassis.background.state import Standing, is_silent
from chassis.graphql import Info, principal_of
from chassis.identity.principal import Principal
from chassis.permissions import authorize, has_role, rule


@rule("job.manage")
def can_manage_job(principal: Principal, resource: object) -> bool:
    """Admins see how the work in the background goes, and have what failed run again."""
    return has_role(principal, "admin")


@strawberry.type(description="A job of the service.")
class BackgroundJob:
    """It may run twice and miss a turn: rows decide what is due."""

    name: str = strawberry.field(description="Its name.")
    about: str = strawberry.field(description="What it does, in a sentence.")
    every_seconds: float | None = strawberry.field(description="How often; null means when asked.")
    is_running: bool = strawberry.field(description="Whether it runs now.")
    waiting_since: datetime | None = strawberry.field(
        description="Since when its turn has come and nobody has begun."
    )
    started_at: datetime | None = strawberry.field(description="When the last run began.")
    ended_at: datetime | None = strawberry.field(description="When the last run ended.")
    next_at: datetime | None = strawberry.field(description="When its next turn comes.")
    failed_at: datetime | None = strawberry.field(
        description="When the last run failed; null if it went well."
    )
    problem: str = strawberry.field(description="Why it failed; more is in the log.")
    runs: int = strawberry.field(description="How often it ran.")
    failures: int = strawberry.field(description="How often it failed.")


@strawberry.type(description="A process that runs jobs, or tells when they are due.")
class BackgroundWorker:
    """It says every few seconds that it lives."""

    id: strawberry.ID = strawberry.field(description="Its id while it lives.")
    kind: str = strawberry.field(
        description="`service`, which runs its jobs itself; `worker` or `timer` of a broker."
    )
    host: str = strawberry.field(description="The machine or container.")
    pid: int = strawberry.field(description="The number of the process there.")
    started_at: datetime = strawberry.field(description="Since when it works.")
    beat_at: datetime = strawberry.field(description="When it last said that it lives.")
    is_silent: bool = strawberry.field(description="Whether that is too long ago.")


@strawberry.type(description="The queue of jobs of this service, and who works on it.")
class Background:
    """Of the whole installation, not of an organization."""

    queue: str = strawberry.field(description="The name of the queue, which is the service's.")
    has_broker: bool = strawberry.field(
        description="Whether workers of a broker run the jobs, or the service itself."
    )
    waiting: int = strawberry.field(description="Jobs whose turn has come.")
    running: int = strawberry.field(description="Jobs that run now.")
    failed: int = strawberry.field(description="Jobs whose last run failed.")
    oldest_at: datetime | None = strawberry.field(
        description="Since when the one that waits longest waits."
    )
    next_at: datetime | None = strawberry.field(description="When the next turn comes.")
    jobs: list[BackgroundJob] = strawberry.field(description="All jobs.")
    workers: list[BackgroundWorker] = strawberry.field(description="Who works.")


@strawberry.type
class Query:
    """What is read of the work in the background."""

    @strawberry.field(description="The queue of jobs and who works on it; for admins.")
    async def background(self, info: Info) -> Background:
        """Return how it stands now."""
        authorize(principal_of(info), "job.manage")
        return await _shown()


@strawberry.type
class Mutation:
    """What admins do about jobs that failed."""

    @strawberry.mutation(description="Have a job that failed run again now; for admins.")
    async def retry_job(self, info: Info, name: str) -> Background:
        """Return how the queue stands then."""
        authorize(principal_of(info), "job.manage")
        await current_desk().retry(name)
        return await _shown()

    @strawberry.mutation(description="Forget that a job failed; for admins.")
    async def forget_job_failure(self, info: Info, name: str) -> Background:
        """Return how the queue stands then."""
        authorize(principal_of(info), "job.manage")
        await current_desk().forget(name)
        return await _shown()


async def _shown() -> Background:
    desk = current_desk()
    told, workers = await sync_to_async(desk.look)()
    now = clock.now()
    waiting = [one.waiting_since for one in told if one.waiting_since is not None]
    turns = [one.next_at for one in told if one.next_at is not None]
    return Background(
        queue=desk.service,
        has_broker=desk.config.broker_url is not None,
        waiting=len(waiting),
        running=sum(one.is_running for one in told),
        failed=sum(one.failed_at is not None for one in told),
        oldest_at=min(waiting, default=None),
        next_at=min(turns, default=None),
        jobs=[_job(one) for one in told],
        workers=[_worker(one, now) for one in workers],
    )


def _job(one: Standing) -> BackgroundJob:
    lines = (one.job.function.__doc__ or "").strip().splitlines()
    return BackgroundJob(
        name=one.job.name,
        about=lines[0] if lines else "",
        every_seconds=one.job.every_seconds,
        is_running=one.is_running,
        waiting_since=one.waiting_since,
        started_at=one.row.started_at,
        ended_at=one.row.ended_at,
        next_at=one.next_at,
        failed_at=one.failed_at,
        problem=one.problem,
        runs=one.row.runs,
        failures=one.row.failures,
    )


def _worker(one: WorkerRow, now: datetime) -> BackgroundWorker:
    return BackgroundWorker(
        id=strawberry.ID(one.id),
        kind=one.kind,
        host=one.host,
        pid=one.pid,
        started_at=one.started_at,
        beat_at=one.beat_at,
        is_silent=is_silent(one, now),
    )
