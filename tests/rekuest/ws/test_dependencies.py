"""Dependencies of implementations: bound when a task is made, used by its children."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from agents import Agent, implementation
from rows import implementation_of, task_row

from rekuest_server.domain.errors import UnmetDependencies
from rekuest_server.models import Task

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]


def flow(**changes: Any) -> dict[str, Any]:
    dependency = {
        "key": "mover",
        "app": "org.example.worker",
        "auto_resolvable": True,
        "action_dependencies": [{"key": "go", "demand": {"key": "add"}}],
    } | changes
    return implementation("flow", execution="WORKFLOW", code_hash="c", dependencies=[dependency])


async def begin(make_agent: Make, assign: Start, **changes: Any) -> tuple[Agent, Task]:
    agent = make_agent("flow", implementations=[flow(**changes)])
    await agent.connect()
    target = await implementation_of(agent, "flow")
    return agent, await assign({}, implementation=target, policy="AUTO")


async def test_a_child_is_sent_where_its_dependency_is_bound(
    make_agent: Make, assign: Start
) -> None:
    worker = make_agent("worker")
    await worker.connect()
    agent, task = await begin(make_agent, assign)
    offer = str(await implementation_of(worker))
    assert (await task_row(task.pk)).dependencies == {
        "mover": [{"agent": worker.agent_id, "actions": {"go": offer}}]
    }
    parent = (await agent.next("ASSIGN"))["task"]
    await agent.report("STARTED", parent)
    await agent.request(
        "ASSIGN_REQUEST", parent=parent, dependency="mover", method="go", args={"a": 1}
    )
    child = (await agent.next("ASSIGN_RESPONSE"))["task"]
    assert (await worker.next("ASSIGN"))["task"] == child
    row = await task_row(child)
    assert (row.dependency, row.dependency_method) == ("mover", "go")


async def test_an_unknown_method_is_answered(make_agent: Make, assign: Start) -> None:
    await make_agent("worker").connect()
    agent, _ = await begin(make_agent, assign)
    parent = (await agent.next("ASSIGN"))["task"]
    await agent.report("STARTED", parent)
    for dependency, method in (("mover", "stop"), ("other", "go")):
        await agent.request(
            "ASSIGN_REQUEST", parent=parent, dependency=dependency, method=method, args={}
        )
        assert dependency in (await agent.next("ASSIGN_RESPONSE"))["error"]


@pytest.mark.parametrize(
    "changes",
    [
        {"app": "org.example.nobody"},
        {"version": "9"},
        {"min_viable_instances": 2},
        {"action_dependencies": [{"key": "go", "demand": {"key": "subtract"}}]},
        {"auto_resolvable": False},
    ],
)
async def test_a_task_whose_dependencies_are_not_met_is_refused(
    make_agent: Make, assign: Start, changes: dict[str, Any]
) -> None:
    await make_agent("worker").connect()
    with pytest.raises(UnmetDependencies) as refusal:
        await begin(make_agent, assign, **changes)
    assert refusal.value.field == "mover"


async def test_an_optional_dependency_may_be_missing(make_agent: Make, assign: Start) -> None:
    _, task = await begin(make_agent, assign, optional=True)
    assert (await task_row(task.pk)).dependencies == {"mover": []}


async def test_named_agents_win(make_agent: Make, assign: Start) -> None:
    workers = [make_agent("worker"), make_agent("other")]
    for worker in workers:
        await worker.connect()
    agent = make_agent("flow", implementations=[flow(auto_resolvable=False)])
    await agent.connect()
    task = await assign(
        {},
        implementation=await implementation_of(agent, "flow"),
        dependencies=[
            {
                "key": "mover",
                "mapped_agents": [{"key": "x", "agent": workers[1].agent_id}],
                "auto_resolve": False,
            }
        ],
    )
    bound = (await task_row(task.pk)).dependencies["mover"]
    assert [binding["agent"] for binding in bound] == [workers[1].agent_id]
