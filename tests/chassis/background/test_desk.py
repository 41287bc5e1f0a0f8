"""The jobs of a process that serves: noted, told, run again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.db import connections

from chassis.background import desk as module
from chassis.background.desk import at_work, current_desk
from chassis.background.ledger import Ledger
from chassis.background.state import Standing
from chassis.config import JobsConfig
from chassis.errors import Conflict, NotFound
from chassis.jobs import Job, celery_app

pytestmark = pytest.mark.django_db(transaction=True)

_LONGEST_SECONDS = 60


@pytest_asyncio.fixture(autouse=True)
async def _nothing_held() -> AsyncIterator[None]:
    """What a test reads, it reads in the thread of sync_to_async, with a connection of its own."""
    yield
    await sync_to_async(connections.close_all)()


async def seen(holds: Callable[[Standing], object]) -> Standing:
    """The first job, once something holds of it."""
    async with asyncio.timeout(_LONGEST_SECONDS):
        while True:
            told, _ = await sync_to_async(current_desk().look)()
            if holds(told[0]):
                return told[0]
            await asyncio.sleep(0.02)


async def test_a_job_that_failed_runs_again_when_asked():
    runs: list[int] = []

    def moody() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise RuntimeError

    async with at_work("paint", JobsConfig(), [Job("moody", moody)]):
        runner = current_desk().runner
        assert runner is not None
        await runner.run("moody")
        failed = await seen(lambda one: one.failed_at)
        assert failed.problem == "RuntimeError"
        await current_desk().retry("moody")
        well = await seen(lambda one: one.row.runs == 2)
        assert well.failed_at is None
        with pytest.raises(Conflict, match="did not fail"):
            await current_desk().retry("moody")
    assert len(runs) == 2


async def test_a_job_that_runs_is_told_and_not_begun_again():
    go = threading.Event()

    def slow() -> None:
        assert go.wait(_LONGEST_SECONDS)

    async with at_work("paint", JobsConfig(), [Job("slow", slow)]):
        runner = current_desk().runner
        assert runner is not None
        runner.start("slow")
        await seen(lambda one: one.is_running)
        with pytest.raises(Conflict):
            await current_desk().retry("slow")
        go.set()
        await seen(lambda one: not one.is_running)


async def test_a_failure_is_forgotten_when_asked():
    def bad() -> None:
        raise RuntimeError

    async with at_work("paint", JobsConfig(), [Job("bad", bad)]):
        runner = current_desk().runner
        assert runner is not None
        await runner.run("bad")
        await current_desk().forget("bad")
        assert (await seen(lambda one: one.failed_at is None)).row.failures == 1
        with pytest.raises(Conflict):
            await current_desk().forget("bad")
        for ask in (current_desk().retry, current_desk().forget):
            with pytest.raises(NotFound):
                await ask("no-such-job")


async def test_a_process_says_that_it_lives_while_it_does(monkeypatch):
    monkeypatch.setattr(module, "_FIRST_BEAT_SECONDS", 0)
    async with at_work("paint", JobsConfig(), []):
        desk = current_desk()
        async with asyncio.timeout(_LONGEST_SECONDS):
            while not (workers := (await sync_to_async(desk.look)())[1]):
                await asyncio.sleep(0.02)
        assert [worker.kind for worker in workers] == ["service"]
    assert (await sync_to_async(desk.look)())[1] == []
    with pytest.raises(NotFound):
        current_desk()


async def test_with_a_broker_a_job_is_sent_to_its_workers():
    config = JobsConfig(broker_url="memory://")
    runs: list[int] = []

    def count() -> None:
        runs.append(1)

    job = Job("moody", count)
    pen = Ledger("worker")
    await sync_to_async(pen.started)("moody")
    await sync_to_async(pen.ended)("moody", RuntimeError())
    async with at_work("paint", config, [job]):
        assert current_desk().runner is None
        await current_desk().retry("moody")
        assert (await seen(lambda one: one.waiting_since)).row.wanted_at is not None
        assert runs == []
        app = celery_app("paint", config, [job], pen)
        await sync_to_async(app.tasks["moody"].apply)()
        well = await seen(lambda one: one.row.runs == 2)
        assert (well.failed_at, well.waiting_since) == (None, None)
    assert runs == [1]


async def test_a_worker_of_a_broker_notes_what_fails():
    def bad() -> None:
        raise RuntimeError

    job = Job("bad", bad)
    app = celery_app("paint", JobsConfig(broker_url="memory://"), [job], Ledger("worker"))
    await sync_to_async(app.tasks["bad"].apply)()
    async with at_work("paint", JobsConfig(broker_url="memory://"), [job]):
        assert (await seen(lambda one: one.failed_at)).problem == "RuntimeError"
