"""Beginnings that many tests have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from agents import Agent
from rows import implementation_of

Start = Callable[..., Awaitable[Any]]


async def started(agent: Agent, assign: Start, **wish: object) -> str:
    """Assign a task to the agent's `add` and let it pick it up."""
    await assign(implementation=await implementation_of(agent), **wish)
    task = str((await agent.next("ASSIGN"))["task"])
    await agent.report("STARTED", task)
    return task
