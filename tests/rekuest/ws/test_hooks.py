"""Hooks of a task: called once each, when it starts and when it is over, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from agents import Agent, definition, implementation
from rows import count, implementation_of, kinds_of, task_row, tasks_below, update

from chassis import clock
from chassis.errors import InvalidInput
from chassis.testing.mint import Member
from rekuest_server import models
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.hooks import PATIENCE, hooks_call
from rekuest_server.operations.task import task_cancel

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]

TASK = [{"key": "task", "kind": "STRING"}]


async def helper_of(make_agent: Make, **changes: Any) -> tuple[Agent, list[dict[str, str]]]:
    """An agent that offers two hooks; and the wish for both."""
    keys = ("prepare", "tidy")
    helper = make_agent(
        "helper",
        implementations=[
            {"definition": definition(key, args=TASK, **changes), "interface": key} for key in keys
        ],
    )
    await helper.connect()
    hashes = [await hash_of(await implementation_of(helper, key)) for key in keys]
    return helper, [
        {"kind": kind, "hash": digest}
        for kind, digest in zip(("INIT", "CLEANUP"), hashes, strict=True)
    ]


async def hash_of(target: int) -> str:
    found = await models.Implementation.objects.select_related("action").aget(pk=target)
    return found.action.hash


async def called(helper: Agent) -> tuple[str, dict[str, Any]]:
    """Which hook the helper is asked for, and the frame."""
    frame = await helper.next("ASSIGN")
    return frame["interface"], frame


async def settled() -> None:
    """Wait until no hook is due."""
    async with asyncio.timeout(120):
        while await count(models.DueHook):
            await asyncio.sleep(0.01)


async def test_the_first_hook_comes_with_the_start_and_the_last_after_the_end(
    make_agent: Make, assign: Start
) -> None:
    helper, hooks = await helper_of(make_agent)
    agent = make_agent()
    await agent.connect()
    task = await assign(implementation=await implementation_of(agent), hooks=hooks)
    frame = await agent.next("ASSIGN")
    assert await helper.nothing("ASSIGN")
    await agent.report("STARTED", frame["task"])
    name, order = await called(helper)
    assert (name, order["args"]) == ("prepare", {"task": str(task.pk)})
    assert (order["parent"], order["root"]) == (str(task.pk), str(task.pk))
    assert await helper.nothing("ASSIGN")
    # The task does not wait for its hook, nor does its end.
    await agent.report("YIELD", frame["task"], returns={"sum": 3})
    await agent.report("COMPLETED", frame["task"])
    name, order = await called(helper)
    assert (name, order["args"]) == ("tidy", {"task": str(task.pk)})
    await helper.run(order["task"])
    await helper.acknowledged()
    assert await kinds_of(task.pk) == ["QUEUED", "STARTED", "YIELD", "COMPLETED"]
    assert [row.latest_kind for row in await tasks_below(task.pk)] == ["QUEUED", "COMPLETED"]
    await settled()


async def test_a_task_that_never_started_is_cleaned_up_after(
    make_agent: Make, assign: Start, ada: Member
) -> None:
    helper, hooks = await helper_of(make_agent)
    agent = make_agent()
    await agent.connect()
    task = await assign(implementation=await implementation_of(agent), hooks=hooks)
    await agent.next("ASSIGN")
    await task_cancel(principal=ada.principal, task_id=task.pk)
    await agent.report("CRITICAL", str(task.pk), error="no such task")
    assert (await called(helper))[0] == "tidy"


async def test_hooks_of_a_child_wait_for_a_person_where_its_calls_do(
    make_agent: Make, assign: Start
) -> None:
    helper, hooks = await helper_of(make_agent)
    flow = make_agent(
        "flow",
        implementations=[
            implementation("flow", execution="WORKFLOW", code_hash="c"),
            implementation("step"),
        ],
    )
    await flow.connect()
    step = str(await implementation_of(flow, "step"))
    for policy in ("AUTO", "ASK"):
        await assign(implementation=await implementation_of(flow, "flow"), policy=policy)
        parent = (await flow.next("ASSIGN"))["task"]
        await flow.report("STARTED", parent)
        await flow.request(
            "ASSIGN_REQUEST", parent=parent, implementation=step, args={}, hooks=hooks
        )
        child = (await flow.next("ASSIGN_RESPONSE"))["task"]
        if policy == "ASK":
            break
        await flow.report("STARTED", (await flow.next("ASSIGN"))["task"])
        name, order = await called(helper)
        assert (name, order["parent"], order["root"]) == ("prepare", child, parent)
        await helper.report("STARTED", order["task"])
        await helper.acknowledged()
        # The agent that asked for the child hears of the child alone.
        assert (await flow.next("STARTED_EVENT"))["task"] == child
        assert await flow.nothing("STARTED_EVENT")
    await update(Task, child, latest_kind="QUEUED", revision=5)
    await flow.report("STARTED", child)
    await flow.acknowledged()
    await settled()
    held = await tasks_below(child)
    assert [row.latest_kind for row in held] == ["HELD"]
    assert await helper.nothing("ASSIGN")


async def test_another_run_of_a_task_calls_no_hook_again(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    helper, hooks = await helper_of(make_agent)
    agent = make_agent()
    await agent.connect()
    task = await assign(implementation=await implementation_of(agent), hooks=hooks)
    await agent.report("STARTED", (await agent.next("ASSIGN"))["task"])
    await called(helper)
    await settled()
    # As a second start leaves it, or a process that died before it took the row away.
    await models.DueHook.objects.acreate(task_id=task.pk, number=0, hash=hooks[0]["hash"])
    await hooks_call(broker)
    await settled()
    assert len(await tasks_below(task.pk)) == 1
    assert await helper.nothing("ASSIGN")


async def test_two_processes_call_a_hook_once(
    make_agent: Make, assign: Start, broker: Broker, second: Broker
) -> None:
    helper, hooks = await helper_of(make_agent)
    agent = make_agent()
    await agent.connect()
    task = await assign(implementation=await implementation_of(agent), hooks=hooks)
    await models.DueHook.objects.acreate(task_id=task.pk, number=0, hash=hooks[0]["hash"])
    await asyncio.gather(hooks_call(broker), hooks_call(second))
    await called(helper)
    await settled()
    assert len(await tasks_below(task.pk)) == 1
    assert await helper.nothing("ASSIGN")


async def test_a_hook_nobody_offers_any_more_is_tried_again_for_a_day(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    helper, hooks = await helper_of(make_agent)
    agent = make_agent()
    await agent.connect()
    task = await assign(implementation=await implementation_of(agent), hooks=hooks)
    offered = await implementation_of(helper, "prepare")
    await update(models.Implementation, offered, retired_at=clock.now())
    broker.routes.forget(task.organization_id)
    await agent.report("STARTED", (await agent.next("ASSIGN"))["task"])
    async with asyncio.timeout(120):
        while not await count(models.DueHook, next_at__gt=clock.now() + timedelta(seconds=15)):
            await asyncio.sleep(0.01)
    due = await models.DueHook.objects.aget()
    await update(models.Implementation, offered, retired_at=None)
    await update(models.DueHook, due.pk, next_at=clock.now())
    broker.routes.forget(task.organization_id)
    await hooks_call(broker)
    assert (await called(helper))[0] == "prepare"

    await update(models.Implementation, offered, retired_at=clock.now())
    broker.routes.forget(task.organization_id)
    old = clock.now() - PATIENCE - timedelta(minutes=1)
    await models.DueHook.objects.acreate(
        task_id=task.pk, number=1, hash=hooks[0]["hash"], created_at=old
    )
    await hooks_call(broker)
    assert await count(models.DueHook) == 0


async def test_hooks_of_tasks_that_are_gone_go_too(broker: Broker) -> None:
    await models.DueHook.objects.acreate(task_id=999_999, number=0, hash="h")
    await hooks_call(broker)
    assert await count(models.DueHook) == 0


async def test_a_wish_for_a_hook_that_cannot_be_called_is_refused(
    make_agent: Make, assign: Start
) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    with pytest.raises(InvalidInput, match="Nothing offers the action 'none'") as refusal:
        await assign(implementation=target, hooks=[{"kind": "INIT", "hash": "none"}])
    assert refusal.value.field == "hooks"
    needs_more = definition("more", args=[*TASK, {"key": "where", "kind": "STRING"}])
    greedy = make_agent("greedy", implementations=[{"definition": needs_more, "interface": "more"}])
    await greedy.connect()
    digest = await hash_of(await implementation_of(greedy, "more"))
    with pytest.raises(InvalidInput, match="'where' would be missing"):
        await assign(implementation=target, hooks=[{"kind": "CLEANUP", "hash": digest}])
    assert await count(Task) == 0


async def test_what_is_done_with_a_hook_survives_a_restart(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    helper, hooks = await helper_of(make_agent)
    agent = make_agent()
    await agent.connect()
    task = await assign(implementation=await implementation_of(agent), hooks=hooks)
    # The process knows nothing of the task any more, as a new one does.
    broker.journal.tasks.clear()
    await agent.report("STARTED", str(task.pk))
    await agent.acknowledged()
    assert (await called(helper))[0] == "prepare"
    assert (await task_row(task.pk)).latest_kind == "STARTED"
