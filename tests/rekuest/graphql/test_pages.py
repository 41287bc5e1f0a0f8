"""Lists come in pages, also those below another object; a task's events come whole."""

from __future__ import annotations

from typing import Any

import pytest
import world
from asgiref.sync import sync_to_async

from chassis.config import current
from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member
from rekuest_server.config import RekuestConfig

Ours = tuple[Member, world.Rows]


@pytest.fixture
def size() -> int:
    return current(RekuestConfig).limits.page_size


async def test_a_list_without_a_page_gives_the_first(
    graphql: GraphQLClient, ours: Ours, size: int
) -> None:
    await sync_to_async(world.make_tasks)(ours[1], size + 5)
    found = (await graphql("{ tasks { id } }", ours[0])).ok()["tasks"]
    assert len(found) == size
    assert found == sorted(found, key=lambda task: -int(task["id"]))
    rest = "query Q($page: OffsetPaginationInput!) { tasks(pagination: $page) { id } }"
    more = (await graphql(rest, ours[0], page={"offset": size})).ok()["tasks"]
    assert len(more) == 6
    assert not {task["id"] for task in more} & {task["id"] for task in found}


@pytest.mark.parametrize("holder", ["agents", "actions"])
async def test_a_list_below_an_object_has_a_first_page_too(
    graphql: GraphQLClient, ours: Ours, size: int, statements: list[str], holder: str
) -> None:
    await sync_to_async(world.make_tasks)(ours[1], size + 5)
    statements.clear()
    found = (await graphql(f"{{ {holder} {{ tasks {{ id }} }} }}", ours[0])).ok()[holder]
    assert [len(each["tasks"]) for each in found] == [size]
    assert len(statements) == 2
    page = f"{{ {holder} {{ tasks(pagination: {{offset: 1, limit: 3}}) {{ id }} }} }}"
    found = (await graphql(page, ours[0])).ok()[holder]
    assert [len(each["tasks"]) for each in found] == [3]


async def test_a_page_is_never_larger_than_the_bound(graphql: GraphQLClient, ours: Ours) -> None:
    bound = current(RekuestConfig).limits.page_size_max
    await sync_to_async(world.make_tasks)(ours[1], bound + 5)
    answer = await graphql("{ tasks(pagination: {limit: 100000}) { id } }", ours[0])
    assert len(answer.ok()["tasks"]) == bound


@pytest.mark.parametrize("page", [{"offset": -1}, {"limit": -1}])
async def test_a_negative_page_is_refused(
    graphql: GraphQLClient, ours: Ours, page: dict[str, Any]
) -> None:
    document = "query Q($page: OffsetPaginationInput!) { tasks(pagination: $page) { id } }"
    answer = await graphql(document, ours[0], page=page)
    assert answer.codes == ["INVALID_INPUT"]


async def test_tasks_are_filtered(graphql: GraphQLClient, ours: Ours) -> None:
    member, rows = ours
    await sync_to_async(world.make_running_task)(rows)
    document = "query Q($filters: TaskFilter) { tasks(filters: $filters) { latestEventKind } }"
    for filters, count in (
        ({"state": ["STARTED"]}, 1),
        ({"isDone": False}, 2),
        ({"isDone": True}, 0),
        ({"action": str(rows.action.pk)}, 2),
        ({"agent": "0"}, 0),
        ({"implementation": str(rows.implementation.pk)}, 2),
        ({"caller": str(rows.caller.pk)}, 2),
        ({"clientId": member.principal.client}, 2),
        ({"rootIsnull": True}, 2),
        ({"parent": "x"}, 0),
        ({"root": "1"}, 0),
        ({"reference": rows.task.reference}, 1),
        ({"createdAfter": "2000-01-01T00:00:00Z", "createdBefore": "2999-01-01T00:00:00Z"}, 2),
        ({"ids": [str(rows.task.pk)]}, 1),
        ({"argsHash": "none"}, 0),
        ({"OR": {"ids": ["x"]}, "state": ["STARTED"]}, 1),
    ):
        found = (await graphql(document, member, filters=filters)).ok()["tasks"]
        assert len(found) == count, filters
