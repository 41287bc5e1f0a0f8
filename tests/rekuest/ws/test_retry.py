"""Work that failed is run again as its policy says, by the same process, under another name."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from agents import Agent, implementation
from asgiref.sync import sync_to_async
from rows import agent_row, events_of, implementation_of, kinds_of, task_row, update

from chassis import clock
from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member
from rekuest_server import models
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.sweep import sweep_waiting_tasks

Make = Callable[..., Agent]
Assign = Callable[..., Awaitable[Task]]
HOUR = 3600.0


async def failing(
    make_agent: Make, assign: Assign, effects: str = "NONE", **rules: Any
) -> tuple[Agent, str]:
    """Connect an agent under a policy and let it start a task; the pause is an hour."""
    agent = make_agent(implementations=[implementation("add", effects=effects)])
    await agent.connect()
    await sync_to_async(models.RunPolicy.objects.create)(
        organization_id=(await agent_row(agent)).organization_id,
        **({"max_retries": 2, "retry_seconds": HOUR} | rules),
    )
    task = str((await assign(implementation=await implementation_of(agent))).pk)
    assert (await agent.next("ASSIGN"))["task"] == task
    await agent.report("STARTED", task)
    await agent.report("PROGRESS", task, progress=40)
    return agent, task


async def fail(agent: Agent, name: str, kind: str = "CRITICAL", **fields: Any) -> None:
    await agent.report(kind, name, error="no light", **fields)
    await agent.acknowledged()


async def next_run(broker: Broker, agent: Agent, task: str) -> str:
    """Let the pause be over; return the name of the run that is sent."""
    await update(models.Task, task, not_before=clock.now() - timedelta(seconds=1))
    await sweep_waiting_tasks(broker)
    frame = await agent.next("ASSIGN")
    assert frame["args"] == {"a": 1, "b": 2}
    return str(frame["task"])


@pytest.mark.parametrize("effects", ["NONE", "REPEATABLE"])
async def test_what_fails_is_run_again_until_it_succeeds(
    make_agent: Make, assign: Assign, broker: Broker, effects: str
) -> None:
    agent, task = await failing(make_agent, assign, effects)
    await fail(agent, task)
    row = await task_row(task)
    assert (row.latest_kind, row.is_done, row.retries) == ("QUEUED", False, 1)
    assert row.picked_up_at is None
    assert row.not_before is not None
    assert row.not_before - clock.now() > timedelta(minutes=50)
    again = await next_run(broker, agent, task)
    assert again == f"{task}-1"
    await agent.run(again)
    await agent.acknowledged()
    row = await task_row(task)
    assert (row.latest_kind, row.latest_returns) == ("COMPLETED", {"sum": 3})
    kinds = await kinds_of(task)
    assert kinds.count("COMPLETED") == 1
    assert not {"CRITICAL", "FAILED"} & set(kinds)


async def test_the_failure_is_told_and_not_final(make_agent: Make, assign: Assign) -> None:
    agent, task = await failing(make_agent, assign)
    await fail(agent, task)
    log, queued = (await events_of(task))[-2:]
    assert (log.kind, log.level, log.message) == ("LOG", "ERROR", "no light")
    assert (log.value["kind"], log.value["run"]) == ("CRITICAL", 1)
    assert log.agent_pos is not None
    assert queued.message == "Run again in 3600 s, 1 of at most 2 times."
    assert queued.value["seconds"] == HOUR


async def test_it_ends_as_it_failed_when_the_runs_are_used_up(
    make_agent: Make, assign: Assign, broker: Broker
) -> None:
    agent, name = await failing(make_agent, assign)
    task = name
    for run in (1, 2):
        await fail(agent, name)
        name = await next_run(broker, agent, task)
        assert name == f"{task}-{run}"
        await agent.report("STARTED", name)
    await fail(agent, name)
    row = await task_row(task)
    assert (row.latest_kind, row.is_done, row.latest_message) == ("CRITICAL", True, "no light")
    assert (await kinds_of(task)).count("CRITICAL") == 1


async def test_nothing_is_sent_before_the_pause_is_over(
    make_agent: Make, assign: Assign, broker: Broker
) -> None:
    agent, task = await failing(make_agent, assign)
    await fail(agent, task)
    await sweep_waiting_tasks(broker)
    assert await agent.nothing("ASSIGN")


@pytest.mark.parametrize(
    ("rules", "kind", "fields"),
    [
        ({}, "FAILED", {}),
        ({"retry_on": ["FAILED"]}, "CRITICAL", {}),
        ({"max_retries": 0}, "CRITICAL", {}),
    ],
)
async def test_other_outcomes_are_final(
    make_agent: Make, assign: Assign, rules: dict[str, Any], kind: str, fields: dict[str, Any]
) -> None:
    agent, task = await failing(make_agent, assign, **rules)
    await fail(agent, task, kind, **fields)
    assert (await kinds_of(task))[-1] == kind


async def test_an_outcome_that_is_named_is_not_final(make_agent: Make, assign: Assign) -> None:
    agent, task = await failing(make_agent, assign, retry_on=["FAILED"])
    await fail(agent, task, "FAILED", code="STATE_PRECONDITION")
    log = (await events_of(task))[-2]
    assert log.value["value"] == {"code": "STATE_PRECONDITION"}
    assert (await task_row(task)).latest_kind == "QUEUED"


@pytest.mark.parametrize("is_together", [True, False])
async def test_what_has_handed_values_on_is_not_run_again(
    make_agent: Make, assign: Assign, is_together: bool
) -> None:
    agent, task = await failing(make_agent, assign)
    await agent.report("YIELD", task, returns={"sum": 1})
    if not is_together:
        await agent.acknowledged()
    await fail(agent, task)
    assert (await kinds_of(task))[-1] == "CRITICAL"


async def test_work_of_unknown_effects_is_not_run_again(make_agent: Make, assign: Assign) -> None:
    agent, task = await failing(make_agent, assign, "UNKNOWN")
    await fail(agent, task)
    assert (await kinds_of(task))[-1] == "CRITICAL"


async def test_the_policy_of_the_action_wins(make_agent: Make, assign: Assign) -> None:
    agent, task = await failing(make_agent, assign)
    row = await task_row(task)
    await sync_to_async(models.RunPolicy.objects.create)(
        organization_id=row.organization_id, action_id=row.action_id
    )
    await fail(agent, task)
    assert (await kinds_of(task))[-1] == "CRITICAL"


async def test_what_an_earlier_run_still_says_is_only_noted(
    make_agent: Make, assign: Assign, broker: Broker
) -> None:
    agent, task = await failing(make_agent, assign)
    await fail(agent, task)
    again = await next_run(broker, agent, task)
    await agent.report("STARTED", again)
    await agent.report("COMPLETED", task)
    await agent.acknowledged()
    assert (await task_row(task)).is_done is False
    late = (await events_of(task))[-1]
    assert (late.kind, late.value["kind"]) == ("LATE_REPORT", "COMPLETED")
    await agent.run(again)
    await agent.acknowledged()
    assert (await kinds_of(task))[-1] == "COMPLETED"


async def test_controls_name_the_run_that_goes_on(
    make_agent: Make, assign: Assign, broker: Broker, graphql: GraphQLClient, ada: Member
) -> None:
    agent, task = await failing(make_agent, assign)
    await fail(agent, task)
    again = await next_run(broker, agent, task)
    await agent.report("STARTED", again)
    await agent.acknowledged()
    cancel = "mutation c($in: CancelInput!) { cancel(input: $in) { id } }"
    assert (await graphql(cancel, ada, **{"in": {"task": task}})).ok()
    assert (await agent.next("CANCEL"))["task"] == again
    # What is not confirmed is sent again after a break, by the same name; so is the question.
    await agent.abort()
    init = await agent.connect()
    assert init["inquiries"] == [{"task": again}]
    assert (await agent.next("CANCEL"))["task"] == again
    await agent.report("CANCELLED", again)
    await agent.acknowledged()
    assert (await kinds_of(task))[-1] == "CANCELLED"


async def test_a_run_that_is_being_cancelled_ends_by_its_failure(
    make_agent: Make, assign: Assign, graphql: GraphQLClient, ada: Member
) -> None:
    agent, task = await failing(make_agent, assign)
    await agent.acknowledged()
    cancel = "mutation c($in: CancelInput!) { cancel(input: $in) { id } }"
    assert (await graphql(cancel, ada, **{"in": {"task": task}})).ok()
    await fail(agent, task)
    assert (await task_row(task)).is_done is True


async def test_what_cannot_be_undone_waits_for_a_person(
    make_agent: Make, assign: Assign, graphql: GraphQLClient, ada: Member
) -> None:
    agent, task = await failing(make_agent, assign, "IRREVERSIBLE")
    await fail(agent, task)
    held = (await events_of(task))[-1]
    assert held.kind == "HELD"
    assert held.value["details"]["reason"] == "no light"
    assert held.value["details"]["last_progress"] == 40
    decide = "mutation d($in: DecideInput!) { decide(input: $in) { latestEventKind } }"
    approved = await graphql(decide, ada, **{"in": {"task": task, "approved": True}})
    assert approved.ok() == {"decide": {"latestEventKind": "DECIDED"}}
    again = await agent.next("ASSIGN")
    assert (again["task"], again["args"]) == (f"{task}-1", {"a": 1, "b": 2})
    await agent.run(again["task"])
    await agent.acknowledged()
    assert (await kinds_of(task))[-1] == "COMPLETED"


async def test_a_person_can_leave_it_at_that(
    make_agent: Make, assign: Assign, graphql: GraphQLClient, ada: Member
) -> None:
    agent, task = await failing(make_agent, assign, "IRREVERSIBLE")
    await fail(agent, task)
    decide = "mutation d($in: DecideInput!) { decide(input: $in) { latestEventKind isDone } }"
    denied = await graphql(decide, ada, **{"in": {"task": task, "approved": False}})
    assert denied.ok() == {"decide": {"latestEventKind": "DENIED", "isDone": True}}


async def test_a_waiting_run_says_when_it_starts(
    make_agent: Make, assign: Assign, graphql: GraphQLClient, ada: Member
) -> None:
    agent, task = await failing(make_agent, assign)
    await fail(agent, task)
    query = "query q($id: ID!) { task(id: $id) { why { blockers { code message } } } }"
    why = (await graphql(query, ada, id=task)).ok()["task"]["why"]
    assert "held back until" in json.dumps(why)


SET = """
mutation s($in: SetRunPolicyInput!) {
  setRunPolicy(input: $in) { maxRetries retrySeconds retryOn }
}
"""


async def test_an_admin_sets_how_often_and_when(
    make_agent: Make, assign: Assign, graphql: GraphQLClient, ada: Member
) -> None:
    await failing(make_agent, assign)
    plain = await graphql(SET, ada, **{"in": {"maxRetries": 3}})
    assert plain.ok() == {
        "setRunPolicy": {"maxRetries": 3, "retrySeconds": HOUR, "retryOn": ["CRITICAL"]}
    }
    wish = {"maxRetries": 1, "retrySeconds": 0.5, "retryOn": ["FAILED", "CRITICAL"]}
    full = await graphql(SET, ada, **{"in": wish})
    kept = wish | {"retryOn": ["CRITICAL", "FAILED"]}
    assert full.ok()["setRunPolicy"] == kept
    # A form that knows nothing of further runs leaves them as they are.
    assert (await graphql(SET, ada, **{"in": {"keepDays": 9.0}})).ok()["setRunPolicy"] == kept


@pytest.mark.parametrize(
    "wish", [{"maxRetries": -1}, {"maxRetries": 101}, {"retrySeconds": 0.0}, {"retrySeconds": 1e9}]
)
async def test_rules_that_make_no_sense_are_refused(
    make_agent: Make, assign: Assign, graphql: GraphQLClient, ada: Member, wish: dict[str, Any]
) -> None:
    await failing(make_agent, assign)
    answer = await graphql(SET, ada, **{"in": wish})
    assert answer.codes == ["INVALID_INPUT"]
