"""Declared effects decide what becomes of a task whose agent died, if the policy says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from agents import Agent, implementation
from asgiref.sync import sync_to_async
from rows import agent_row, events_of, implementation_of, kinds_of, task_row, update

from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member
from rekuest_server import models
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.recovery import task_lose
from rekuest_server.operations.rerun import MOST_RUNS

Make = Callable[..., Agent]
Assign = Callable[..., Awaitable[Task]]


@sync_to_async
def set_policy(agent: models.Agent, **rules: Any) -> None:
    models.RunPolicy.objects.update_or_create(
        organization_id=agent.organization_id, action=None, defaults=rules
    )


async def started(make_agent: Make, assign: Assign, effects: str, **declared: Any) -> Agent:
    """Connect an agent whose work has such effects and let it start a task."""
    agent = make_agent(implementations=[implementation("add", effects=effects, **declared)])
    await agent.connect()
    task = await assign(implementation=await implementation_of(agent))
    await agent.next("ASSIGN")
    await agent.report("STARTED", str(task.pk))
    await agent.report("PROGRESS", str(task.pk), progress=40, message="on its way")
    await agent.acknowledged()
    agent.task = str(task.pk)  # type: ignore[attr-defined] # a note of the test
    return agent


async def lose(broker: Broker, agent: Agent) -> str:
    """Let the server find that the agent will not come back."""
    name = str(agent.task)  # type: ignore[attr-defined] # see above
    (task,) = (await broker.store.tasks_by_id([int(name)])).values()
    await task_lose(broker=broker, task=task, reason="The agent went away.")
    return name


@pytest.mark.parametrize("effects", ["NONE", "REPEATABLE", "UNKNOWN", "IRREVERSIBLE"])
async def test_without_a_policy_it_is_lost(
    make_agent: Make, assign: Assign, broker: Broker, effects: str
) -> None:
    task = await lose(broker, await started(make_agent, assign, effects))
    (*_, last) = await events_of(task)
    assert last.kind == "LOST"
    assert last.value["effects"] == effects
    assert last.value["last_progress"] == 40


@pytest.mark.parametrize("effects", ["NONE", "REPEATABLE"])
async def test_what_may_be_repeated_is_run_by_another_agent(
    make_agent: Make, assign: Assign, broker: Broker, effects: str
) -> None:
    agent = await started(make_agent, assign, effects)
    await set_policy(await agent_row(agent), rerun_lost=True)
    other = make_agent("other", implementations=[implementation("add", effects=effects)])
    await other.connect()
    # The action belongs to the app, so the other agent has to offer the very same one.
    mine = await sync_to_async(models.Implementation.objects.get)(agent_id=agent.agent_id)
    await update(models.Implementation, await implementation_of(other), action_id=mine.action_id)
    broker.routes.forget((await agent_row(agent)).organization_id)
    task = await lose(broker, agent)
    row = await task_row(task)
    assert (row.latest_kind, row.is_done, row.attempt) == ("QUEUED", False, 1)
    assert str(row.agent_id) == other.agent_id
    assert row.picked_up_at is None
    (again,) = [event for event in await events_of(task) if event.kind == "QUEUED"][1:]
    assert "run again" in (again.message or "")
    assign_frame = await other.next("ASSIGN")
    assert assign_frame["task"] == task
    assert assign_frame["args"] == {"a": 1, "b": 2}
    await other.run(task)
    await other.acknowledged()
    assert (await kinds_of(task))[-1] == "COMPLETED"


async def test_what_the_dead_agent_still_says_changes_nothing(
    make_agent: Make, assign: Assign, broker: Broker
) -> None:
    agent = await started(make_agent, assign, "NONE")
    await set_policy(await agent_row(agent), rerun_lost=True)
    other = make_agent("other")
    await other.connect()
    mine = await sync_to_async(models.Implementation.objects.get)(agent_id=agent.agent_id)
    await update(models.Implementation, await implementation_of(other), action_id=mine.action_id)
    broker.routes.forget((await agent_row(agent)).organization_id)
    task = await lose(broker, agent)
    await other.next("ASSIGN")
    await agent.report("COMPLETED", task)
    await agent.acknowledged()
    assert (await task_row(task)).is_done is False
    await other.run(task)
    await other.acknowledged()
    assert (await kinds_of(task)).count("COMPLETED") == 1


async def test_with_nobody_else_it_waits_for_its_agent(
    make_agent: Make, assign: Assign, broker: Broker
) -> None:
    agent = await started(make_agent, assign, "NONE")
    await set_policy(await agent_row(agent), rerun_lost=True)
    await agent.abort()
    task = await lose(broker, agent)
    assert str((await task_row(task)).agent_id) == agent.agent_id
    agent.session, agent.pos, agent.kept = "another process", 0, []
    await agent.connect(force=True)
    assert (await agent.next("ASSIGN"))["task"] == task


async def test_work_of_unknown_effects_is_lost_with_a_policy_too(
    make_agent: Make, assign: Assign, broker: Broker
) -> None:
    agent = await started(make_agent, assign, "UNKNOWN")
    await set_policy(await agent_row(agent), rerun_lost=True)
    assert (await kinds_of(await lose(broker, agent)))[-1] == "LOST"


async def test_work_is_not_run_for_ever_by_agents_that_die(
    make_agent: Make, assign: Assign, broker: Broker
) -> None:
    agent = await started(make_agent, assign, "NONE")
    await set_policy(await agent_row(agent), rerun_lost=True)
    await update(models.Task, agent.task, attempt=MOST_RUNS - 1)  # type: ignore[attr-defined]
    assert (await kinds_of(await lose(broker, agent)))[-1] == "LOST"


async def test_what_cannot_be_undone_waits_for_a_person(
    make_agent: Make,
    assign: Assign,
    broker: Broker,
    graphql: GraphQLClient,
    ada: Member,
) -> None:
    agent = await started(make_agent, assign, "IRREVERSIBLE")
    await set_policy(await agent_row(agent), rerun_lost=True)
    await agent.abort()
    task = await lose(broker, agent)
    (*_, held) = await events_of(task)
    assert held.kind == "HELD"
    assert held.value["details"]["last_progress"] == 40
    assert held.value["details"]["reason"] == "The agent went away."
    query = "query q($id: ID!) { task(id: $id) { why { summary blockers { code wayOut } } } }"
    why = (await graphql(query, ada, id=task)).ok()["task"]["why"]
    assert why["blockers"][0]["code"] == "NEEDS_DECISION"
    assert "cannot be undone" in why["summary"]
    decide = "mutation d($in: DecideInput!) { decide(input: $in) { latestEventKind } }"
    approved = await graphql(decide, ada, **{"in": {"task": task, "approved": True}})
    assert approved.ok() == {"decide": {"latestEventKind": "DECIDED"}}
    agent.session, agent.pos, agent.kept = "another process", 0, []
    await agent.connect(force=True)
    again = await agent.next("ASSIGN")
    assert (again["task"], again["args"]) == (task, {"a": 1, "b": 2})


async def test_a_person_can_end_what_cannot_be_undone(
    make_agent: Make,
    assign: Assign,
    broker: Broker,
    graphql: GraphQLClient,
    ada: Member,
) -> None:
    agent = await started(make_agent, assign, "IRREVERSIBLE")
    await set_policy(await agent_row(agent), rerun_lost=True)
    task = await lose(broker, agent)
    decide = "mutation d($in: DecideInput!) { decide(input: $in) { latestEventKind isDone } }"
    denied = await graphql(decide, ada, **{"in": {"task": task, "approved": False}})
    assert denied.ok() == {"decide": {"latestEventKind": "DENIED", "isDone": True}}
