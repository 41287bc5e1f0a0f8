"""The log of a task outlives whoever wrote it, and is looked through by level and words."""

from __future__ import annotations

from typing import Any

import pytest_asyncio
import world
from asgiref.sync import sync_to_async

from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member

Ours = tuple[Member, world.Rows]
SAID = [
    ("LOG", "DEBUG", "opened plate 7"),
    ("LOG", "INFO", "Focus found at 12 um"),
    ("LOG", "WARN", "focus lost, 100% dark"),
    ("LOG", "ERROR", "stage does not answer"),
    ("PROGRESS", "INFO", "focusing"),
]
QUERY = """
query Log($task: ID!, $filters: TaskEventFilter, $page: OffsetPaginationInput) {
  task(id: $task) {
    events(filters: $filters, ordering: [{createdAt: ASC}], pagination: $page) { kind message }
  }
}
"""


@pytest_asyncio.fixture
async def task(ours: Ours, theirs: Ours) -> int:
    """A task that said something; a stranger's said the same."""

    def say(rows: world.Rows) -> int:
        for kind, level, message in SAID:
            world.make_event(rows.task, kind, level=level, message=message)
        return int(rows.task.pk)

    await sync_to_async(say)(theirs[1])
    return await sync_to_async(say)(ours[1])


async def found(graphql: GraphQLClient, ours: Ours, task: int, **filters: Any) -> list[str]:
    answer = await graphql(QUERY, ours[0], task=str(task), filters=filters)
    return [event["message"] for event in answer.ok()["task"]["events"]]


async def test_words_are_found_whatever_their_case(graphql, ours, task):
    assert await found(graphql, ours, task, search="FOCUS") == [
        "Focus found at 12 um",
        "focus lost, 100% dark",
        "focusing",
    ]
    assert await found(graphql, ours, task, search="100%") == ["focus lost, 100% dark"]
    assert await found(graphql, ours, task, search="nothing of it") == []


async def test_levels_are_those_of_logs_alone(graphql, ours, task):
    assert await found(graphql, ours, task, level=["WARN", "ERROR"]) == [
        "focus lost, 100% dark",
        "stage does not answer",
    ]
    # Everything that happens has the level INFO; only what was logged is meant.
    assert await found(graphql, ours, task, level=["INFO"]) == ["Focus found at 12 um"]
    assert await found(graphql, ours, task, level=[]) == []


async def test_conditions_hold_together(graphql, ours, task):
    assert await found(graphql, ours, task, search="focus", level=["WARN"], kind=["LOG"]) == [
        "focus lost, 100% dark"
    ]
    assert await found(graphql, ours, task, search="focus", kind=["PROGRESS"]) == ["focusing"]


async def test_it_is_read_in_pages(graphql, ours, task):
    page = {"limit": 1, "offset": 1}
    wanted = {"search": "focus"}
    answer = await graphql(QUERY, ours[0], task=str(task), filters=wanted, page=page)
    assert [one["message"] for one in answer.ok()["task"]["events"]] == ["focus lost, 100% dark"]


async def test_a_strangers_log_is_not_found(graphql, theirs, task):
    answer = await graphql(QUERY, theirs[0], task=str(task), filters={"search": "focus"})
    assert answer.errors or answer.ok()["task"] is None
