"""The statements of the task path on the real database: all or nothing, on the rows supposed."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import psycopg
import pytest
import pytest_asyncio
import world
from asgiref.sync import sync_to_async
from msgspec import Raw
from rows import count, events_of, kinds_of, task_row

from chassis.config import current
from chassis.testing.mint import Member
from rekuest_server import models
from rekuest_server.adapters import statements
from rekuest_server.adapters.batch import Batch, DraftRow, EventRow, Extra, SessionRow, TaskRow
from rekuest_server.adapters.database import open_pool
from rekuest_server.adapters.store import Outdated, Store
from rekuest_server.config import RekuestConfig
from rekuest_server.operations.broker import Broker

NOW = 1_800_000_000.0


@pytest.fixture
def store(broker: Broker) -> Store:
    return broker.store


@pytest_asyncio.fixture
async def rows_made(application: Any, ada: Member) -> world.Rows:
    return await sync_to_async(world.make)(ada.principal)


def batch(task: models.Task, *kinds: str, rev: int = 0, **changes: Any) -> Batch:
    """A batch that adds events to a task."""
    events = [EventRow(n=n, t=task.pk, k=kind) for n, kind in enumerate(kinds)]
    row = TaskRow(id=task.pk, rev=rev, kind=kinds[-1], ins="ASSIGN", **changes)
    return Batch(events=events, tasks=[row])


async def test_a_batch_moves_its_task_and_adds_its_events(
    store: Store, rows_made: world.Rows
) -> None:
    task = rows_made.task
    written = batch(task, "STARTED", "YIELD", "COMPLETED", done=True, picked=True, step=3)
    written.tasks[0].ret = Raw(b'{"sum": 3}')
    written.tasks[0].prog = 40
    ids = await store.write(written, NOW)
    assert ids == sorted(ids)
    assert (await kinds_of(task.pk))[-3:] == ["STARTED", "YIELD", "COMPLETED"]
    row = await task_row(task.pk)
    assert (row.latest_kind, row.is_done, row.revision) == ("COMPLETED", True, 1)
    assert (row.latest_returns, row.latest_progress, row.last_step) == ({"sum": 3}, 40, 3)
    assert row.picked_up_at is not None
    assert row.finished_at is not None
    assert row.finished_at.timestamp() == NOW


async def test_ids_come_in_the_order_of_the_batch(store: Store, rows_made: world.Rows) -> None:
    ids = await store.write(batch(rows_made.task, *["LOG"] * 50), NOW)
    events = await events_of(rows_made.task.pk)
    assert [event.pk for event in events][-50:] == ids


async def test_what_a_batch_leaves_out_stays(store: Store, rows_made: world.Rows) -> None:
    task = rows_made.task
    first = batch(task, "STARTED", picked=True, step=5)
    first.tasks[0].msg, first.tasks[0].ret = "words", Raw(b"[1]")
    await store.write(first, NOW)
    await store.write(batch(task, "PAUSED", rev=1, picked=True, step=2), NOW + 9)
    row = await task_row(task.pk)
    assert (row.latest_message, row.latest_returns, row.last_step) == ("words", [1], 5)
    assert row.picked_up_at is not None
    assert row.picked_up_at.timestamp() == NOW


@pytest.mark.parametrize("rev", [1, 7])
async def test_an_outdated_task_stops_the_whole_batch(
    store: Store, rows_made: world.Rows, rev: int
) -> None:
    before = await kinds_of(rows_made.task.pk)
    other = await sync_to_async(world.make_running_task)(rows_made)
    mixed = batch(other, "LOG")
    mixed.events += batch(rows_made.task, "STARTED").events
    mixed.tasks += batch(rows_made.task, "STARTED", rev=rev).tasks
    with pytest.raises(Outdated):
        await store.write(mixed, NOW)
    assert await kinds_of(rows_made.task.pk) == before
    assert await kinds_of(other.pk) == []


async def test_a_task_that_is_not_there_stops_the_batch(
    store: Store, rows_made: world.Rows
) -> None:
    ghost = models.Task(id=10**12)
    with pytest.raises(Outdated):
        await store.write(batch(ghost, "STARTED"), NOW)
    assert await count(models.TaskEvent, task_id=10**12) == 0


async def test_a_session_moves_only_from_where_it_is(store: Store, rows_made: world.Rows) -> None:
    session = await store.session(rows_made.agent.pk, "s")
    await store.write(Batch(sessions=[SessionRow(id=session.row_id, prev=0, pos=4)]), NOW)
    with pytest.raises(Outdated):
        await store.write(Batch(sessions=[SessionRow(id=session.row_id, prev=0, pos=9)]), NOW)
    again = await store.session(rows_made.agent.pk, "s")
    assert (again.row_id, again.last_pos) == (session.row_id, 4)


async def test_a_position_is_written_once(store: Store, rows_made: world.Rows) -> None:
    """The last line of defence against a doubled event is the database itself."""
    session = await store.session(rows_made.agent.pk, "s")
    written = batch(rows_made.task, "LOG")
    written.events[0].s, written.events[0].a = session.row_id, 3
    await store.write(written, NOW)
    again = batch(rows_made.task, "LOG", rev=1)
    again.events[0].s, again.events[0].a = session.row_id, 3
    with pytest.raises(psycopg.errors.UniqueViolation):
        await store.write(again, NOW)
    assert (await task_row(rows_made.task.pk)).revision == 1


async def test_a_statement_beside_the_rows_shares_their_fate(
    store: Store, rows_made: world.Rows
) -> None:
    written = batch(rows_made.task, "LOG")
    written.extras.append(Extra("SELECT 1 / %(zero)s::int", {"zero": 0}))
    with pytest.raises(psycopg.errors.DivisionByZero):
        await store.write(written, NOW)
    assert (await task_row(rows_made.task.pk)).revision == 0
    outdated = batch(rows_made.task, "LOG", rev=5)
    letter = {
        "agent": rows_made.agent.pk,
        "session": "s",
        "pos": 1,
        "task": None,
        "reason": "r",
        "frame": "{}",
        "size": 2,
    }
    outdated.extras.append(Extra(statements.ADD_DEAD_LETTER, letter))
    with pytest.raises(Outdated):
        await store.write(outdated, NOW)
    assert await count(models.DeadLetter) == 0


async def test_an_empty_batch_asks_nothing(application: Any) -> None:
    async with open_pool(current(RekuestConfig).database, 2) as pool:
        alone = Store(pool)  # The sweeps of the broker count in its own.
        assert await alone.write(Batch(), NOW) == []
        assert alone.round_trips == 0


def draft(rows: world.Rows, reference: str, **changes: Any) -> DraftRow:
    values: dict[str, Any] = {
        "n": 0,
        "org": rows.organization.pk,
        "caller": rows.caller.pk,
        "ref": reference,
        "action": rows.action.pk,
        "impl": rows.implementation.pk,
        "agent": rows.agent.pk,
        "policy": "AUTO",
        "kind": "QUEUED",
        "args": Raw(b'{"a": 1}'),
        "ahash": "x",
    }
    return DraftRow(**(values | changes))


async def test_new_tasks_come_back_with_their_first_events(
    store: Store, rows_made: world.Rows
) -> None:
    made = await store.insert_tasks([draft(rows_made, "one"), draft(rows_made, "two")], NOW)
    assert set(made) == {(rows_made.caller.pk, "one"), (rows_made.caller.pk, "two")}
    for task, event in made.values():
        assert await kinds_of(task) == ["QUEUED"]
        assert [found.pk for found in await events_of(task)] == [event]
        assert (await task_row(task)).args == {"a": 1}


async def test_a_taken_reference_makes_nothing(store: Store, rows_made: world.Rows) -> None:
    await store.insert_tasks([draft(rows_made, "one")], NOW)
    made = await store.insert_tasks([draft(rows_made, "one"), draft(rows_made, "new")], NOW)
    assert set(made) == {(rows_made.caller.pk, "new")}
    assert await count(models.Task, reference="one") == 1


@pytest.mark.parametrize("key", [{"ckey": "k"}, {"pstep": 4}])
async def test_a_taken_key_of_a_parent_makes_nothing(
    store: Store, rows_made: world.Rows, key: dict[str, Any]
) -> None:
    parent = rows_made.task.pk
    await store.insert_tasks([draft(rows_made, "one", parent=parent, root=parent, **key)], NOW)
    again = [draft(rows_made, "two", parent=parent, root=parent, **key)]
    assert await store.insert_tasks(again, NOW) == {}
    assert await count(models.Task, parent_id=parent) == 1


async def test_a_task_is_read_as_it_was_written(store: Store, rows_made: world.Rows) -> None:
    made = await store.insert_tasks(
        [draft(rows_made, "one", step=True, cap=True, prompt=Raw(b'{"title": "t"}'))], NOW
    )
    (task_id, _), *_ = made.values()
    task = (await store.tasks_by_id([task_id]))[task_id]
    assert (task.reference, task.caller_id) == ("one", rows_made.caller.pk)
    assert (task.user, task.organization_slug) == (
        rows_made.user.sub,
        rows_made.organization.slug,
    )
    assert (task.interface, task.agent_id) == (
        rows_made.implementation.interface,
        rows_made.agent.pk,
    )
    assert (task.step, task.capture, task.revision) == (True, True, 0)
    assert not task.state.picked_up
    assert await store.tasks_by_id([10**12]) == {}


async def test_events_are_read_in_the_order_of_their_numbers(
    store: Store, rows_made: world.Rows
) -> None:
    await store.write(batch(rows_made.task, "LOG", "YIELD", "LOG"), time.time())
    found = await store.events_of([rows_made.task.pk])
    assert [event.id for event in found] == sorted(event.id for event in found)
    assert [event.kind for event in found][-3:] == ["LOG", "YIELD", "LOG"]


async def test_a_cancel_while_a_connection_is_handed_over_is_heeded(application: Any) -> None:
    """The pool may swallow it; a loop of reads would then go on for ever."""
    async with open_pool(current(RekuestConfig).database, 2) as pool:
        store = Store(pool)
        for turns in range(20):
            async with pool.connection(), AsyncExitStack() as second:
                await second.enter_async_context(pool.connection())
                reading = asyncio.create_task(store.fetch("SELECT 1", {}))
                while not pool.get_stats().get("requests_waiting"):
                    await asyncio.sleep(0)
                await second.aclose()
                for _ in range(turns):
                    await asyncio.sleep(0)
                is_under_way = reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
                assert reading.cancelled() == is_under_way, turns
