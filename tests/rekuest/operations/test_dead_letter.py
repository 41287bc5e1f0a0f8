"""Frames that were set aside are projected anew, once, when they can be read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from io import StringIO
from typing import Any

import pytest
import pytest_asyncio
from agents import Agent
from asgiref.sync import sync_to_async
from django.core.management import call_command
from rows import dead_letters, events_of, kinds_of, task_row
from stories import started

from rekuest_server.models import DeadLetter, Task
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.dead_letter import dead_letters_replay

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]


@sync_to_async
def set_aside(agent: Agent, frame: dict[str, Any] | str, **values: Any) -> int:
    """A letter as an older server may have left it."""
    text = frame if isinstance(frame, str) else json.dumps(frame)
    letter = DeadLetter.objects.create(
        **{
            "agent_id": agent.agent_id,
            "session_id": agent.session,
            "pos": 99,
            "reason": "an older server could not read it",
            "frame": text,
            "size": len(text),
        }
        | values
    )
    return letter.pk


def yielded(task: str, number: int = 7) -> dict[str, Any]:
    return {
        "type": "YIELD",
        "id": "x",
        "task": task,
        "returns": {"sum": number},
        "pos": 99,
        "journal_session": "gone",
    }


@pytest_asyncio.fixture
async def running(make_agent: Make, assign: Start) -> tuple[Agent, str]:
    agent = make_agent()
    await agent.connect()
    task = await started(agent, assign)
    await agent.acknowledged()
    return agent, task


Running = tuple[Agent, str]


async def test_a_readable_letter_becomes_its_event(running: Running, broker: Broker) -> None:
    agent, task = running
    letter = await set_aside(agent, yielded(task))
    replay = await dead_letters_replay(broker=broker)
    assert (replay.taken, replay.kept) == ([letter], [])
    assert await kinds_of(task) == ["QUEUED", "STARTED", "YIELD"]
    assert (await task_row(task)).latest_returns == {"sum": 7}
    assert await dead_letters() == []


async def test_a_letter_is_replayed_once(running: Running, broker: Broker) -> None:
    agent, task = running
    await set_aside(agent, yielded(task))
    await dead_letters_replay(broker=broker)
    again = await dead_letters_replay(broker=broker)
    assert (again.taken, again.kept) == ([], [])
    assert (await kinds_of(task)).count("YIELD") == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"type": "YIELD"}', '{"type": "NOTHING"}'])
async def test_an_unreadable_letter_stays(running: Running, broker: Broker, text: str) -> None:
    agent, task = running
    letter = await set_aside(agent, text)
    replay = await dead_letters_replay(broker=broker)
    assert (replay.taken, replay.kept) == ([], [letter])
    assert [found.frame for found in await dead_letters()] == [text]
    assert await kinds_of(task) == ["QUEUED", "STARTED"]


async def test_only_the_named_letters_are_replayed(running: Running, broker: Broker) -> None:
    agent, task = running
    first = await set_aside(agent, yielded(task, 1))
    second = await set_aside(agent, yielded(task, 2))
    replay = await dead_letters_replay(broker=broker, ids=[second, 10**9])
    assert replay.taken == [second]
    assert [found.pk for found in await dead_letters()] == [first]
    assert [event.returns for event in await events_of(task) if event.returns] == [{"sum": 2}]


async def test_after_the_end_a_letter_is_a_note(running: Running, broker: Broker) -> None:
    agent, task = running
    await agent.report("COMPLETED", task)
    await agent.acknowledged()
    await set_aside(agent, yielded(task))
    await dead_letters_replay(broker=broker)
    assert (await kinds_of(task))[-2:] == ["COMPLETED", "LATE_REPORT"]
    assert (await task_row(task)).latest_kind == "COMPLETED"
    assert (await task_row(task)).latest_returns is None


async def test_a_letter_about_anothers_task_is_set_aside_anew(
    running: Running, broker: Broker, make_agent: Make
) -> None:
    _, task = running
    other = make_agent("other")
    await other.connect()
    letter = await set_aside(other, yielded(task))
    replay = await dead_letters_replay(broker=broker)
    assert replay.taken == [letter]
    (new,) = await dead_letters()
    assert "not this agent's" in new.reason
    assert await kinds_of(task) == ["QUEUED", "STARTED"]


async def test_a_letter_without_a_session_picks_its_task_up(
    make_agent: Make, assign: Start, broker: Broker
) -> None:
    agent = make_agent()
    await agent.connect()
    task = await assign(action_hash=None, agent=int(agent.agent_id), interface="add")
    await agent.next("ASSIGN")
    await set_aside(agent, {"type": "STARTED", "task": str(task.pk)}, session_id=None, pos=None)
    await dead_letters_replay(broker=broker)
    row = await task_row(task.pk)
    assert (row.latest_kind, row.session_id) == ("STARTED", None)


async def test_a_state_without_a_session_stays(running: Running, broker: Broker) -> None:
    agent, _ = running
    patch = {"type": "STATE_PATCH", "session_id": "s", "global_rev": 1, "state_name": "stage"}
    patch |= {"ts": 1.0, "op": "replace", "path": "/x", "value": 1}
    letter = await set_aside(agent, patch, session_id=None)
    assert (await dead_letters_replay(broker=broker)).kept == [letter]


async def test_the_command_tells_what_it_did(running: Running) -> None:
    agent, task = running
    letter = await set_aside(agent, yielded(task))
    bad = await set_aside(agent, "{")
    out = StringIO()
    await asyncio.to_thread(call_command, "replay_dead_letters", stdout=out)
    assert json.loads(out.getvalue()) == {"taken": [letter], "kept": [bad]}
    assert (await kinds_of(task)).count("YIELD") == 1
