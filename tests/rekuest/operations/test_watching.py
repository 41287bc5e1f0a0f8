"""Live lists: what changes in the organization comes once, in order, and nothing foreign."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import world
from agents import Agent
from asgiref.sync import sync_to_async
from rows import update

from chassis.errors import NotFound, PermissionDenied
from chassis.testing.mint import Member, TokenMint
from rekuest_server import models
from rekuest_server.operations import watching
from rekuest_server.operations.feed_queue import TaskCreated, TaskEventHappened
from rekuest_server.operations.watching import (
    PatchSeen,
    StatesSeen,
    TaskWatch,
    watch_agents,
    watch_states,
    watch_tasks,
)

Make = Callable[..., Agent]
STATE = {
    "interface": "stage",
    "definition": {"name": "Stage", "ports": [{"key": "x", "kind": "FLOAT"}]},
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PAUSE_SECONDS", 0.02)


@pytest.fixture
async def rows(application: Any, ada: Member) -> world.Rows:
    return await sync_to_async(world.make)(ada.principal)


class Seen:
    """Collects what a live list shows."""

    def __init__(self, source: AsyncIterator[Any]) -> None:
        self.items: list[Any] = []
        self._task = asyncio.create_task(self._collect(source))

    async def _collect(self, source: AsyncIterator[Any]) -> None:
        async for item in source:
            self.items.append(item)

    async def wait(self, count: int) -> list[Any]:
        async with asyncio.timeout(120):
            while len(self.items) < count and not self._task.done():
                await asyncio.sleep(0.01)
        if self._task.done():
            self._task.result()
        return self.items

    async def settled(self) -> list[Any]:
        """Return everything that comes within a few turns."""
        await asyncio.sleep(0.2)
        return self.items

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def kinds(items: list[Any]) -> list[str]:
    return [item.kind for item in items if isinstance(item, TaskEventHappened)]


async def test_what_happens_to_tasks_comes_once_and_in_order(rows: world.Rows, ada: Member) -> None:
    seen = Seen(watch_tasks(principal=ada.principal, after=rows.event.pk))
    task = await sync_to_async(world.make_task)(rows.caller, rows.implementation)
    for kind in ("QUEUED", "STARTED", "YIELD", "COMPLETED"):
        await sync_to_async(world.make_event)(task, kind)
    items = await seen.wait(5)
    assert isinstance(items[0], TaskCreated)
    assert items[0].id == task.pk
    assert kinds(items) == ["QUEUED", "STARTED", "YIELD", "COMPLETED"]
    assert len(await seen.settled()) == 5
    await seen.stop()


async def test_an_event_that_is_committed_behind_a_later_one_is_not_missed(
    rows: world.Rows, ada: Member
) -> None:
    seen = Seen(watch_tasks(principal=ada.principal, after=rows.event.pk))
    late = await sync_to_async(world.make_event)(rows.task, "YIELD")
    key = late.pk
    await sync_to_async(late.delete)()
    await sync_to_async(world.make_event)(rows.task, "LOG")
    await seen.wait(1)
    await sync_to_async(world.make_event)(rows.task, "PROGRESS", pk=key)
    assert kinds(await seen.wait(2)) == ["LOG", "PROGRESS"]
    await seen.stop()


async def test_a_list_is_narrowed(rows: world.Rows, ada: Member) -> None:
    other = await sync_to_async(world.make_task)(rows.caller, rows.implementation)
    await sync_to_async(world.make_task)(rows.caller, rows.implementation, parent=other, root=other)
    watch = {
        "all": TaskWatch(),
        "agent": TaskWatch(agent=rows.agent.pk),
        "nobody": TaskWatch(agent=0),
        "action": TaskWatch(action=rows.action.pk),
        "root": TaskWatch(root=other.pk),
    }
    seen = {
        name: Seen(watch_tasks(principal=ada.principal, watch=one, after=rows.event.pk))
        for name, one in watch.items()
    }
    await sync_to_async(world.make_event)(rows.task, "LOG")
    await sync_to_async(world.make_event)(other, "YIELD")
    for name, number in (("all", 2), ("agent", 2), ("action", 2), ("root", 1)):
        await seen[name].wait(number)
    await seen["nobody"].settled()
    found = {name: kinds(one.items) for name, one in seen.items()}
    assert found == {
        "all": ["LOG", "YIELD"],
        "agent": ["LOG", "YIELD"],
        "nobody": [],
        "action": ["LOG", "YIELD"],
        "root": ["YIELD"],
    }
    for one in seen.values():
        await one.stop()


async def test_nothing_foreign_is_shown(rows: world.Rows, ada: Member, mint: TokenMint) -> None:
    stranger = mint.member(org="2", active_org="second", client_id="stranger")
    tasks = Seen(watch_tasks(principal=stranger.principal, after=0))
    agents = Seen(watch_agents(principal=stranger.principal))
    await sync_to_async(world.make_event)(rows.task, "LOG")
    assert await tasks.settled() == []
    assert await agents.settled() == []
    with pytest.raises(NotFound):
        await anext(watch_states(principal=stranger.principal, agent=rows.agent.pk))
    await tasks.stop()
    await agents.stop()


async def test_without_a_role_nothing_is_shown(rows: world.Rows, mint: TokenMint) -> None:
    nobody = mint.member(roles=[], client_id="nobody").principal
    for source in (
        watch_tasks(principal=nobody),
        watch_agents(principal=nobody),
        watch_states(principal=nobody, agent=rows.agent.pk),
    ):
        with pytest.raises(PermissionDenied):
            await anext(source)


async def test_agents_come_as_they_are_and_when_they_change(rows: world.Rows, ada: Member) -> None:
    seen = Seen(watch_agents(principal=ada.principal))
    (first,) = await seen.wait(1)
    assert (first.id, first.name, first.connected) == (rows.agent.pk, "agent-ours", True)
    changes: list[dict[str, Any]] = [
        {"draining": True},
        {"given_name": "Scope"},
        {"connected": False},
    ]
    for number, change in enumerate(changes, start=2):
        await update(models.Agent, rows.agent.pk, **change)
        await seen.wait(number)
    last = seen.items[-1]
    assert (last.draining, last.name, last.connected) == (True, "Scope", False)
    await update(models.Agent, rows.agent.pk, last_seen_at=None)
    assert len(await seen.settled()) == 4
    await update(models.Agent, rows.agent.pk, retired_at=rows.agent.created_at)
    assert (await seen.wait(5))[-1].is_retired
    await seen.stop()


async def test_states_come_whole_and_then_by_their_changes(make_agent: Make, ada: Member) -> None:
    agent = make_agent(states=[STATE])
    await agent.connect(opens=False)
    await agent.report("SESSION_INIT", session_id=agent.session, states={"stage": {"x": 0}})
    await agent.acknowledged()
    seen = Seen(watch_states(principal=ada.principal, agent=agent.agent_id))
    (whole,) = await seen.wait(1)
    assert isinstance(whole, StatesSeen)
    assert (whole.values, whole.revision) == ({"stage": {"x": 0}}, 0)
    for revision in (1, 2):
        await agent.report(
            "STATE_PATCH",
            session_id=agent.session,
            global_rev=revision,
            state_name="stage",
            ts=1_700_000_000.0,
            op="replace",
            path="/x",
            value=revision,
        )
    await agent.acknowledged()
    items = await seen.wait(3)
    assert [(item.path, item.value, item.revision) for item in items[1:]] == [
        ("/x", 1, 1),
        ("/x", 2, 2),
    ]
    assert isinstance(items[1], PatchSeen)
    await agent.abort()
    agent.session, agent.pos = "another process", 0
    await agent.connect(force=True, opens=False)
    await agent.report("SESSION_INIT", session_id=agent.session, states={"stage": {"x": 9}})
    await agent.acknowledged()
    async with asyncio.timeout(120):
        while not isinstance(seen.items[-1], StatesSeen):
            await asyncio.sleep(0.01)
    assert isinstance(seen.items[-1], StatesSeen)
    assert seen.items[-1].session_id == "another process"
    await seen.stop()
