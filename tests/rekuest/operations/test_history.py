"""Retention: which runs go, with all that is theirs, and which tables go with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
import world
from asgiref.sync import sync_to_async
from psycopg.sql import SQL, Identifier
from rows import count, update

from chassis import clock
from chassis.testing.mint import Member
from rekuest_server import models
from rekuest_server.adapters import months
from rekuest_server.operations import history
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.history import purge_history


@pytest.fixture(autouse=True)
def _no_retention(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes but by the tests."""

    async def nothing(broker: Broker) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("rekuest_server.operations.running.run_retention", nothing)


@pytest_asyncio.fixture
async def rows(application: Any, ada: Member) -> world.Rows:
    return await sync_to_async(world.make)(ada.principal)


@sync_to_async
def rule(rows: world.Rows, *, of_action: bool = False, **rules: Any) -> None:
    models.RunPolicy.objects.update_or_create(
        organization=rows.organization, action=rows.action if of_action else None, defaults=rules
    )


def ago(**span: float) -> datetime:
    return clock.now() - timedelta(**span)


@sync_to_async
def finished(rows: world.Rows, days: float, **changes: Any) -> models.Task:
    task = world.make_task(rows.caller, rows.implementation, is_done=True, **changes)
    world.make_event(task, "COMPLETED")
    models.Instruct.objects.create(task=task, kind="CANCEL")
    models.Task.objects.filter(pk=task.pk).update(finished_at=ago(days=days))
    return task


async def test_old_runs_go_with_all_that_belongs_to_them(rows: world.Rows, broker: Broker) -> None:
    await rule(rows, keep_days=7)
    gone = await finished(rows, 8)
    child = await finished(rows, 8, parent=gone, root=gone)
    stays = await finished(rows, 6)
    assert await purge_history(broker, chunk=1) == 2
    assert await count(models.Task, pk__in=[gone.pk, child.pk]) == 0
    assert await count(models.TaskEvent, task_id__in=[gone.pk, child.pk]) == 0
    assert await count(models.Instruct, task_id__in=[gone.pk, child.pk]) == 0
    assert await count(models.Task, pk=stays.pk) == 1
    assert await count(models.TaskEvent, task_id=stays.pk) == 1
    assert await purge_history(broker) == 0


async def test_a_run_stays_whole_until_its_last_child_has_ended(
    rows: world.Rows, broker: Broker
) -> None:
    await rule(rows, keep_days=7)
    root = await finished(rows, 30)
    child = await finished(rows, 30, parent=root, root=root)
    await update(models.Task, child.pk, is_done=False)
    assert await purge_history(broker) == 0
    assert await count(models.Task, pk__in=[root.pk, child.pk]) == 2


async def test_without_a_policy_nothing_is_deleted(rows: world.Rows, broker: Broker) -> None:
    await finished(rows, 3650)
    assert await purge_history(broker) == 0
    await rule(rows, keep_days=None)
    assert await purge_history(broker) == 0


async def test_without_a_rule_about_age_no_run_is_looked_at(
    rows: world.Rows, broker: Broker
) -> None:
    """However many are stored: they are all that a look for old ones could cost."""
    await rule(rows, keep_days=None)
    await purge_history(broker)
    before = broker.store.round_trips
    await purge_history(broker)
    assert broker.store.round_trips == before + 1


async def test_the_rule_of_an_action_is_about_its_runs_alone(
    rows: world.Rows, broker: Broker
) -> None:
    await rule(rows, of_action=True, keep_days=7)
    other = await sync_to_async(models.Action.objects.create)(
        organization=rows.organization,
        app=rows.action.app,
        key="other",
        hash="other",
        name="Other",
        kind="FUNCTION",
    )
    kept, gone = await finished(rows, 8), await finished(rows, 8)
    await update(models.Task, kept.pk, action_id=other.pk)
    assert await purge_history(broker) == 1
    assert await count(models.Task, pk=kept.pk) == 1
    assert await count(models.Task, pk=gone.pk) == 0


async def test_the_retention_of_an_action_wins(rows: world.Rows, broker: Broker) -> None:
    await rule(rows, keep_days=7)
    await rule(rows, of_action=True, keep_days=None)
    await finished(rows, 30)
    assert await purge_history(broker) == 0
    await rule(rows, of_action=True, keep_days=20)
    assert await purge_history(broker) == 1


@pytest_asyncio.fixture
async def month(
    rows: world.Rows, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[months.Month]:
    """A month that is over, for the server's clock says so; the months made are gone after it."""
    async with broker.store.connection() as conn:
        before = await months.months(conn)
        now = before[-1].until + timedelta(days=3)
        made = await months.make_coming(conn, now)
        known = {month.name: month for month in await months.months(conn)}
    first = known[made[0]]
    monkeypatch.setattr(clock, "now", lambda: first.until + timedelta(days=2))
    yield first
    async with broker.store.connection() as conn:
        for month in await months.months(conn):
            if month not in before:
                await conn.execute(SQL("DROP TABLE {}").format(Identifier(month.name)))


async def into(month: months.Month, task: models.Task, *, logs: int = 0) -> None:
    """Move all that happened to a task into a month."""
    if logs:
        await sync_to_async(world.make_events)(task, "LOG", logs)
    events = models.TaskEvent.objects.filter(task=task)
    await sync_to_async(events.update)(created_at=month.until - timedelta(days=1))


async def bytes_of(broker: Broker) -> int:
    """Return what all events take on the disk, indexes too."""
    sql = (
        "SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits "
        "WHERE inhparent = 'rekuest_taskevent'::regclass"
    )
    return int((await broker.store.fetch(sql, {}))[0][0])


async def size_of(broker: Broker, month: months.Month) -> int:
    """Return what a month takes on the disk, indexes too."""
    sql = "SELECT pg_total_relation_size(%(name)s::regclass)"
    return int((await broker.store.fetch(sql, {"name": month.name}))[0][0])


async def test_a_month_of_which_nothing_is_kept_is_dropped_whole(
    rows: world.Rows, broker: Broker, month: months.Month
) -> None:
    await rule(rows, keep_days=7)
    task = await finished(rows, 500)
    child = await finished(rows, 500, parent=task, root=task)
    await into(month, task, logs=8000)
    await into(month, child)
    before = await bytes_of(broker)
    ours = await size_of(broker, month)
    assert ours > 1_000_000
    assert month.name in await history.drop_months(broker)
    assert await bytes_of(broker) <= before - ours
    assert await count(models.TaskEvent, task_id__in=[task.pk, child.pk]) == 0
    assert await purge_history(broker) == 2


@pytest.mark.parametrize("reason", ["no policy", "young", "open", "open child", "its action"])
async def test_a_month_of_which_anything_is_kept_stays(
    rows: world.Rows, broker: Broker, month: months.Month, reason: str
) -> None:
    if reason != "no policy":
        await rule(rows, keep_days=7)
    if reason == "its action":
        await rule(rows, of_action=True, keep_days=None)
    task = await finished(rows, 6 if reason == "young" else 500)
    await into(month, task)
    if reason == "open":
        await update(models.Task, task.pk, is_done=False)
    if reason == "open child":
        child = await finished(rows, 500, parent=task, root=task)
        await update(models.Task, child.pk, is_done=False)
    assert month.name not in await history.drop_months(broker)
    assert await count(models.TaskEvent, task_id=task.pk) == 1


async def test_what_shares_a_month_with_kept_runs_gives_its_space_back_too(
    rows: world.Rows, broker: Broker, month: months.Month
) -> None:
    await rule(rows, keep_days=7)
    gone, stays = await finished(rows, 500), await finished(rows, 6)
    await into(month, gone, logs=8000)
    await into(month, stays)
    before = await size_of(broker, month)
    assert await purge_history(broker) == 1
    assert await count(models.TaskEvent, task_id=stays.pk) == 1
    assert month.name in await history.shrink_months(broker)
    # What somebody else could still see is left for the next time.
    while await size_of(broker, month) >= before / 2:
        await history.shrink_months(broker)
    assert await count(models.TaskEvent, task_id=stays.pk) == 1


async def test_the_month_of_today_is_left_as_it_is(rows: world.Rows, broker: Broker) -> None:
    await rule(rows, keep_days=7)
    await finished(rows, 500)
    assert await history.drop_months(broker) == []
    assert await history.shrink_months(broker) == []
    assert await purge_history(broker) == 1


async def test_the_coming_months_are_there_before_they_begin(
    rows: world.Rows, broker: Broker, month: months.Month
) -> None:
    made = await history.prepare_months(broker)
    assert len(made) <= 1
    async with broker.store.connection() as conn:
        last = (await months.months(conn))[-1].until
    assert last > clock.now() + timedelta(days=27 * months.AHEAD)
    assert await history.prepare_months(broker) == []
