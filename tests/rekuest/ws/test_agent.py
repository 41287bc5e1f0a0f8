"""The agent socket, driven by raw frames: the server rules of the protocol, by number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from agents import Agent
from asgiref.sync import sync_to_async

from rekuest_server.models import Implementation, Task, TaskEvent

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]


@sync_to_async
def kinds_of(task_id: int) -> list[str]:
    return list(
        TaskEvent.objects.filter(task_id=task_id).order_by("id").values_list("kind", flat=True)
    )


@sync_to_async
def row_of(task_id: int) -> Task:
    return Task.objects.get(pk=task_id)


@sync_to_async
def implementation_of(agent: Agent, interface: str = "add") -> int:
    return Implementation.objects.get(agent_id=agent.agent_id, interface=interface).pk


async def test_a_task_runs_from_assign_to_completed(make_agent: Make, assign: Start) -> None:
    agent = make_agent()
    await agent.connect()
    task = await assign(implementation=await implementation_of(agent))
    frame = await agent.next("ASSIGN")
    assert frame["task"] == str(task.pk)
    assert frame["args"] == {"a": 1, "b": 2}
    assert frame["interface"] == "add"
    await agent.run(frame["task"])
    await agent.acknowledged()
    row = await row_of(task.pk)
    assert (row.latest_kind, row.is_done, row.latest_returns) == ("COMPLETED", True, {"sum": 3})
    assert await kinds_of(task.pk) == ["STARTED", "PROGRESS", "YIELD", "COMPLETED"]
