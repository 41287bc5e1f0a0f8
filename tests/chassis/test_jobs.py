"""Background work without a broker, and the same jobs as Celery tasks."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from chassis.config import ConfigError, JobsConfig
from chassis.jobs import LocalRunner, broker_url, celery_app, job, running_jobs


def _note(log: list[str], text: str) -> None:
    log.append(text)


def test_job_is_named_after_its_function():
    made = job(every_seconds=5)(_note)
    assert made.name.endswith("._note")
    assert made.every_seconds == 5


def test_celery_app_holds_the_jobs_and_the_beat_table():
    made = job(every_seconds=5)(_note)
    app = celery_app("paint", JobsConfig(broker_url="memory://"), [made])
    assert app.conf.beat_schedule[made.name]["schedule"] == 5
    log: list[str] = []
    app.tasks[made.name].apply(kwargs={"log": log, "text": "ran"})
    assert log == ["ran"]


def test_the_password_of_the_broker_comes_from_its_file(tmp_path):
    file = tmp_path / "redis-paint"
    file.write_text("p@ss/word\n")
    config = JobsConfig(broker_url="redis://paint@redis:6379/0", password_file=file)
    assert broker_url(config) == "redis://paint:p%40ss%2Fword@redis:6379/0"
    assert broker_url(JobsConfig(broker_url="redis://redis/0")) == "redis://redis/0"
    assert broker_url(JobsConfig(password_file=file)) is None
    with pytest.raises(ConfigError, match=r"jobs\.password_file"):
        broker_url(JobsConfig(broker_url="redis://a@b", password_file=tmp_path / "none"))


def test_services_share_no_key_of_a_broker():
    app = celery_app("paint", JobsConfig(broker_url="memory://"), [])
    assert app.conf.broker_transport_options["global_keyprefix"] == "paint:"
    assert not app.conf.worker_enable_remote_control


async def test_local_runner_tells_success_from_failure():
    runner = LocalRunner([job()(_note)], threads=1)
    name = job()(_note).name
    log: list[str] = []
    assert await runner.run(name, log=log, text="ran")
    assert not await runner.run(name, wrong="argument")
    assert log == ["ran"]
    await runner.close()


async def test_job_never_overlaps_with_itself():
    running, most = 0, 0

    def slow() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.03)
        running -= 1

    async with running_jobs(JobsConfig(threads=4), [job(every_seconds=0.001)(slow)]):
        await asyncio.sleep(0.2)
    assert most == 1


async def test_jobs_stop_with_the_service():
    log: list[str] = []
    made = job(every_seconds=0.01)(lambda: _note(log, "x"))
    async with running_jobs(JobsConfig(), [made]):
        async with asyncio.timeout(120):
            while not log:
                await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    count = len(log)
    await asyncio.sleep(0.1)
    assert len(log) == count


async def test_a_job_that_runs_may_end_when_the_service_stops():
    log: list[str] = []
    begun = threading.Event()

    def slow() -> None:
        begun.set()
        time.sleep(0.3)
        _note(log, "ended")

    async with running_jobs(JobsConfig(), [job()(slow)]) as runner:
        runner.start(job()(slow).name)
        assert await asyncio.to_thread(begun.wait, 60)
    assert log == ["ended"]


async def test_what_is_asked_for_twice_runs_one_after_the_other():
    running, most, runs = 0, 0, 0

    def slow() -> None:
        nonlocal running, most, runs
        running += 1
        most = max(most, running)
        time.sleep(0.02)
        running -= 1
        runs += 1

    made = job()(slow)
    runner = LocalRunner([made], threads=4)
    await asyncio.gather(*(runner.run(made.name) for _ in range(3)))
    await runner.close()
    assert (most, runs) == (1, 3)


async def test_with_a_broker_the_process_runs_nothing_itself():
    log: list[str] = []
    made = job(every_seconds=0.001)(lambda: _note(log, "x"))
    async with running_jobs(JobsConfig(broker_url="redis://127.0.0.1:1"), [made]):
        await asyncio.sleep(0.05)
    assert log == []


@pytest.mark.parametrize("threads", [0, 33])
def test_thread_count_is_bounded(threads):
    with pytest.raises(ValueError, match="threads"):
        JobsConfig(threads=threads)
