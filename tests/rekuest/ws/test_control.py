"""Controls of root tasks, over the operations the GraphQL layer uses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from agents import Agent
from rows import count, implementation_of, kinds_of, open_instructs, task_row

from chassis.errors import NotFound, PermissionDenied
from chassis.testing.mint import Member, TokenMint
from rekuest_server import models
from rekuest_server.domain.errors import (
    NoTarget,
    TaskFinished,
    TaskNotRunning,
    ValueTooLarge,
)
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.sweep import sweep_overdue_cancels, sweep_waiting_tasks
from rekuest_server.operations.task import (
    AssignWish,
    task_assign,
    task_cancel,
    task_interrupt,
    task_pause,
    task_resume,
)

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]


async def running(agent: Agent, assign: Start) -> int:
    """A task that the agent has picked up."""
    task = await assign(implementation=await implementation_of(agent))
    await agent.next("ASSIGN")
    await agent.report("STARTED", str(task.pk))
    await agent.acknowledged()
    return int(task.pk)


async def test_cancel_reaches_the_agent_and_is_confirmed(
    make_agent: Make, assign: Start, ada: Member
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await running(agent, assign)
    row = await task_cancel(principal=ada.principal, task_id=task)
    assert (row.latest_kind, row.latest_instruct) == ("CANCELLING", "CANCEL")
    assert (await agent.next("CANCEL"))["task"] == str(task)
    await agent.report("CANCELLED", str(task))
    await agent.acknowledged()
    assert (await task_row(task)).latest_kind == "CANCELLED"
    assert await open_instructs(task) == []


@pytest.mark.parametrize(
    ("control", "kind", "report"),
    [
        (task_cancel, "CANCEL", "CANCELLED"),
        (task_interrupt, "INTERRUPT", "INTERRUPTED"),
        (task_pause, "PAUSE", "PAUSED"),
    ],
)
async def test_rule_20_a_control_that_is_not_confirmed_is_sent_again(
    make_agent: Make, assign: Start, ada: Member, control: Any, kind: str, report: str
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await running(agent, assign)
    await agent.abort()
    await control(principal=ada.principal, task_id=task)
    for _ in range(2):
        await agent.connect()
        assert (await agent.next(kind))["task"] == str(task)
        await agent.abort()
    await agent.connect()
    await agent.report(report, str(task))
    await agent.acknowledged()
    await agent.abort()
    agent.frames.clear()
    await agent.connect()
    assert await agent.nothing(kind)


async def test_cancel_of_a_task_nobody_heard_of_is_final_at_once(
    make_agent: Make, assign: Start, ada: Member
) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    await agent.abort()
    task = await assign(implementation=target)
    row = await task_cancel(principal=ada.principal, task_id=task.pk)
    assert (row.latest_kind, row.is_done) == ("CANCELLED", True)
    await agent.connect()
    assert await agent.nothing("ASSIGN")


async def test_critical_of_an_unknown_task_confirms_its_cancel(
    make_agent: Make, assign: Start, ada: Member
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await assign(implementation=await implementation_of(agent))
    await agent.next("ASSIGN")
    await task_cancel(principal=ada.principal, task_id=task.pk)
    await agent.next("CANCEL")
    await agent.report("CRITICAL", str(task.pk), error="no such task")
    await agent.acknowledged()
    assert (await task_row(task.pk)).latest_kind == "CANCELLED"


async def test_a_late_start_of_a_finished_task_is_cancelled_at_the_agent(
    make_agent: Make, assign: Start, ada: Member
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await assign(implementation=await implementation_of(agent))
    await agent.next("ASSIGN")
    await agent.abort()
    await task_cancel(principal=ada.principal, task_id=task.pk)
    await agent.connect()
    await agent.report("STARTED", str(task.pk))
    assert (await agent.next("CANCEL"))["task"] == str(task.pk)
    assert (await kinds_of(task.pk))[-1] == "LATE_REPORT"


async def test_pause_step_resume(make_agent: Make, assign: Start, ada: Member) -> None:
    agent = make_agent()
    await agent.connect()
    task = await running(agent, assign)
    await task_pause(principal=ada.principal, task_id=task)
    await agent.next("PAUSE")
    await agent.report("PAUSED", str(task))
    await agent.acknowledged()
    assert (await task_row(task)).latest_kind == "PAUSED"
    await task_resume(principal=ada.principal, task_id=task, step=True)
    assert (await agent.next("RESUME"))["step"] is True
    await agent.report("RESUMED", str(task))
    await agent.report("COMPLETED", str(task))
    await agent.acknowledged()
    assert await open_instructs(task) == []
    assert (await kinds_of(task))[2:] == [
        "PAUSING",
        "PAUSED",
        "RESUMING",
        "RESUMED",
        "COMPLETED",
    ]


async def test_controls_that_do_not_fit_are_refused(
    make_agent: Make, assign: Start, ada: Member
) -> None:
    agent = make_agent()
    await agent.connect()
    waiting = await assign(implementation=await implementation_of(agent))
    with pytest.raises(TaskNotRunning):
        await task_pause(principal=ada.principal, task_id=waiting.pk)
    with pytest.raises(TaskNotRunning):
        await task_resume(principal=ada.principal, task_id=waiting.pk)
    await agent.next("ASSIGN")
    await agent.run(str(waiting.pk))
    await agent.acknowledged()
    for control in (task_cancel, task_interrupt, task_pause, task_resume):
        with pytest.raises(TaskFinished):
            await control(principal=ada.principal, task_id=waiting.pk)
    assert (await kinds_of(waiting.pk))[-1] == "COMPLETED"


async def test_a_cancel_that_is_not_obeyed_becomes_an_interrupt(
    make_agent: Make, assign: Start, ada: Member, broker: Broker
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await running(agent, assign)
    await task_cancel(principal=ada.principal, task_id=task, auto_interrupt=0)
    await agent.next("CANCEL")
    await sweep_overdue_cancels(broker)
    assert (await agent.next("INTERRUPT"))["task"] == str(task)
    await agent.report("INTERRUPTED", str(task))
    await agent.acknowledged()
    assert (await task_row(task)).latest_kind == "INTERRUPTED"


async def test_the_watchdog_sends_assign_again(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await assign(implementation=await implementation_of(agent))
    await agent.next("ASSIGN")
    await sweep_waiting_tasks(broker)
    assert await agent.nothing("ASSIGN")
    hurried = broker.config.agents.model_copy(update={"pickup_seconds": 0.001})
    broker.config = broker.config.model_copy(update={"agents": hurried})
    await asyncio.sleep(0.01)
    await sweep_waiting_tasks(broker)
    assert (await agent.next("ASSIGN"))["task"] == str(task.pk)


# who may


async def test_a_stranger_sees_no_task(make_agent: Make, assign: Start, mint: TokenMint) -> None:
    agent = make_agent()
    await agent.connect()
    task = await running(agent, assign)
    stranger = mint.member(org="2", active_org="second", client_id="stranger")
    for control in (task_cancel, task_interrupt, task_pause, task_resume):
        with pytest.raises(NotFound):
            await control(principal=stranger.principal, task_id=task)


async def test_only_the_caller_or_an_admin_controls(
    make_agent: Make, assign: Start, mint: TokenMint
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await running(agent, assign)
    colleague = mint.member(sub="7", roles=["user"], client_id="colleague")
    with pytest.raises(PermissionDenied):
        await task_cancel(principal=colleague.principal, task_id=task)
    admin = mint.member(sub="8", roles=["admin"], client_id="admin-client")
    assert (await task_cancel(principal=admin.principal, task_id=task)).latest_kind == "CANCELLING"


async def test_a_viewer_starts_nothing(application: object, mint: TokenMint) -> None:
    viewer = mint.member(roles=["viewer"])
    with pytest.raises(PermissionDenied):
        await task_assign(principal=viewer.principal, wish=AssignWish(args={}, implementation=1))


async def test_a_foreign_implementation_is_no_target(make_agent: Make, mint: TokenMint) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    stranger = mint.member(org="2", active_org="second", client_id="stranger")
    with pytest.raises(NoTarget):
        await task_assign(
            principal=stranger.principal, wish=AssignWish(args={}, implementation=target)
        )


# assigning


async def test_rule_11_the_same_reference_is_the_same_task(make_agent: Make, assign: Start) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    first, second, third = await asyncio.gather(
        *(assign(implementation=target, reference="r") for _ in range(3))
    )
    assert first.pk == second.pk == third.pk
    assert await count(models.Task) == 1
    await agent.next("ASSIGN")
    assert await agent.nothing("ASSIGN")


async def test_by_action_the_least_busy_agent_is_chosen(make_agent: Make, assign: Start) -> None:
    agents = [make_agent("one"), make_agent("two")]
    for agent in agents:
        agent.member = agents[0].member if agent is agents[0] else agent.member
        await agent.connect()
    first = await assign(action_hash=(await _hash(agents[0])))
    second = await assign(action_hash=(await _hash(agents[0])))
    assert {first.agent_id, second.agent_id} == {int(agent.agent_id) for agent in agents}


async def _hash(agent: Agent) -> str:
    from asgiref.sync import sync_to_async

    implementation = await implementation_of(agent)
    row = await sync_to_async(
        lambda: models.Implementation.objects.select_related("action").get(pk=implementation)
    )()
    return row.action.hash


async def test_rule_9_large_arguments_are_refused(make_agent: Make, assign: Start) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    with pytest.raises(ValueTooLarge) as refusal:
        await assign({"a": 1, "b": "x" * 1_000_000}, implementation=target)
    assert refusal.value.field == "b"


async def test_arguments_that_cannot_be_stored_fail_alone(make_agent: Make, assign: Start) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    results = await asyncio.gather(
        assign({"a": "\x00"}, implementation=target),
        *(assign({"a": number}, implementation=target) for number in range(5)),
        return_exceptions=True,
    )
    assert getattr(results[0], "code", None) == "INVALID_INPUT"
    assert all(isinstance(result, Task) for result in results[1:])
