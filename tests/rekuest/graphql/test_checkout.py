"""States of an agent over time, through the client's own document."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import world
from asgiref.sync import sync_to_async

from chassis import clock
from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member
from rekuest_server import models

Ours = tuple[Member, world.Rows]
Documents = dict[str, str]


def history(rows: world.Rows, foreign: world.Rows | None = None) -> models.JournalSession:
    """A session with a baseline x=0 and five patches x=1..5, a minute apart, ending now."""
    session = models.JournalSession.objects.create(
        agent=rows.agent, session_id="run-1", states_rev=5
    )
    start = clock.now() - timedelta(minutes=5)
    models.JournalSession.objects.filter(pk=session.pk).update(created_at=start)
    models.Snapshot.objects.create(
        session=session, global_rev=0, states={rows.state.interface: {"x": 0}}
    )
    for number in range(1, 6):
        models.Patch.objects.create(
            session=session,
            state=rows.state,
            interface=rows.state.interface,
            global_rev=number,
            op="replace",
            path="/x",
            value=number,
            timestamp=start + timedelta(minutes=number),
            task_id=(foreign or rows).task.pk,
        )
    models.Agent.objects.filter(pk=rows.agent.pk).update(session_id="run-1")
    models.State.objects.filter(pk=rows.state.pk).update(value={"x": 5}, rev=5, session=session)
    return session


async def checkout(
    graphql: GraphQLClient, documents: Documents, ours: Ours, **variables: Any
) -> dict[str, Any]:
    answer = await graphql(
        documents["CheckoutAgent"], ours[0], agent=str(ours[1].agent.pk), **variables
    )
    return answer.ok()["checkoutAgent"]


async def test_checkout_now_gives_the_current_values(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    await sync_to_async(history)(ours[1])
    found = await checkout(graphql, documents, ours, backwardPatchCount=2, forwardPatchCount=2)
    assert found["values"] == {"stage_ours": {"x": 5}}
    assert found["globalRevision"] == 5
    assert found["forwardPatches"] == []
    assert [patch["globalFutureRevision"] for patch in found["backwardPatches"]] == [4, 5]
    assert found["backwardPatches"][0]["task"]["action"]["name"] == "Add ours"


async def test_checkout_at_a_moment_rebuilds_the_values(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    await sync_to_async(history)(ours[1])
    moment = (clock.now() - timedelta(minutes=2, seconds=30)).isoformat()
    found = await checkout(
        graphql, documents, ours, timestamp=moment, forwardPatchCount=10, backwardPatchCount=1
    )
    assert found["values"] == {"stage_ours": {"x": 2}}
    assert found["globalRevision"] == 2
    assert [patch["globalFutureRevision"] for patch in found["forwardPatches"]] == [3, 4, 5]
    assert [patch["globalFutureRevision"] for patch in found["backwardPatches"]] == [2]


async def test_checkout_of_an_agent_that_never_ran_is_empty(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    found = await checkout(graphql, documents, ours)
    assert (found["values"], found["globalRevision"]) == ({}, 0)


async def test_checkout_shows_no_foreign_task_an_agent_names(
    graphql: GraphQLClient, documents: Documents, ours: Ours, theirs: Ours
) -> None:
    await sync_to_async(history)(ours[1], theirs[1])
    found = await checkout(graphql, documents, ours, backwardPatchCount=5)
    assert [patch["task"] for patch in found["backwardPatches"]] == [None] * 5


@pytest.mark.parametrize("count", [-1, 100_000])
async def test_checkout_refuses_counts_out_of_bounds(
    graphql: GraphQLClient, documents: Documents, ours: Ours, count: int
) -> None:
    answer = await graphql(
        documents["CheckoutAgent"],
        ours[0],
        agent=str(ours[1].agent.pk),
        backwardPatchCount=count,
    )
    assert answer.codes == ["INVALID_INPUT"]


async def test_checkout_of_a_foreign_agent_is_not_found(
    graphql: GraphQLClient, documents: Documents, ours: Ours, theirs: Ours
) -> None:
    answer = await graphql(documents["CheckoutAgent"], ours[0], agent=str(theirs[1].agent.pk))
    assert answer.codes == ["NOT_FOUND"]
