"""Children over the agent socket: made once, found again, mirrored, controlled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from agents import Agent, implementation
from rows import (
    count,
    events_of,
    implementation_of,
    kinds_of,
    open_instructs,
    task_row,
    tasks_below,
    update,
)

from chassis.testing.mint import Member
from rekuest_server import models
from rekuest_server.adapters import statements
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.task import task_decide
from rekuest_server.ws.link import Link

Make = Callable[..., Agent]
Start = Callable[..., Awaitable[Task]]

WORKFLOW = implementation("flow", execution="WORKFLOW", code_hash="c1")


class Play:
    """A workflow agent with a running parent, and a worker that runs children."""

    def __init__(self, flow: Agent, worker: Agent, parent: str, target: int) -> None:
        self.flow = flow
        self.worker = worker
        self.parent = parent
        self.target = target

    async def ask(self, **fields: Any) -> str:
        """Ask for a child; return the id of the request."""
        wish = {
            "parent": self.parent,
            "implementation": str(self.target),
            "args": {"a": 1},
            "call_key": "k1",
            "parent_step": 2,
            "reference": "r1",
        }
        return await self.flow.request("ASSIGN_REQUEST", **(wish | fields))

    async def child(self, **fields: Any) -> str:
        """Ask for a child and return its id."""
        request = await self.ask(**fields)
        answer = await self.flow.next("ASSIGN_RESPONSE")
        assert answer["request"] == request
        assert answer["error"] is None
        return str(answer["task"])


@pytest.fixture
def play(make_agent: Make, assign: Start) -> Callable[..., Awaitable[Play]]:
    async def begin(policy: str = "AUTO") -> Play:
        worker = make_agent("worker")
        await worker.connect()
        flow = make_agent("flow", implementations=[WORKFLOW])
        await flow.connect()
        await assign({}, implementation=await implementation_of(flow, "flow"), policy=policy)
        parent = (await flow.next("ASSIGN"))["task"]
        await flow.report("STARTED", parent)
        await flow.acknowledged()
        return Play(flow, worker, parent, await implementation_of(worker))

    return begin


Begin = Callable[..., Awaitable[Play]]


async def test_a_child_runs_and_is_mirrored(play: Begin) -> None:
    scene = await play()
    request = await scene.ask()
    answer = await scene.flow.next("ASSIGN_RESPONSE")
    assert answer["request"] == request
    assert (answer["created"], answer["reference"], answer["error"]) == (True, "r1", None)
    frame = await scene.worker.next("ASSIGN")
    assert (frame["task"], frame["parent"], frame["root"]) == (
        answer["task"],
        scene.parent,
        scene.parent,
    )
    await scene.worker.run(frame["task"])
    mirrors = [
        await scene.flow.next(f"{kind}_EVENT")
        for kind in ("QUEUED", "STARTED", "PROGRESS", "YIELD", "COMPLETED")
    ]
    numbers = [mirror["seq"] for mirror in mirrors]
    assert numbers == sorted(numbers)
    assert mirrors[3]["returns"] == {"sum": 3}
    assert {mirror["task"] for mirror in mirrors} == {answer["task"]}
    child = await task_row(answer["task"])
    assert (child.parent_id, child.root_id, child.call_key, child.parent_step) == (
        int(scene.parent),
        int(scene.parent),
        "k1",
        2,
    )


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"reference": "r2", "parent_step": 9},
        {"reference": "r2", "call_key": None},
        {"call_key": None, "parent_step": None},
    ],
    ids=["all keys", "call key", "parent step", "reference"],
)
async def test_rule_11_a_child_is_found_again_and_its_events_replayed(
    play: Begin, again: dict[str, Any]
) -> None:
    scene = await play()
    child = await scene.child()
    await scene.worker.run(str((await scene.worker.next("ASSIGN"))["task"]))
    end = await scene.flow.next("COMPLETED_EVENT")
    first = await scene.flow.next("YIELD_EVENT")
    await scene.ask(**again)
    answer = await scene.flow.next("ASSIGN_RESPONSE")
    assert (answer["task"], answer["created"]) == (child, False)
    replayed = await scene.flow.next("YIELD_EVENT")
    assert (replayed["seq"], replayed["returns"]) == (first["seq"], {"sum": 3})
    assert (await scene.flow.next("COMPLETED_EVENT"))["seq"] == end["seq"]
    assert len(await tasks_below(scene.parent)) == 1


@pytest.mark.parametrize("change", [{"args": {"a": 2}}, {"implementation": None}])
async def test_another_call_under_the_same_key_is_nondeterministic(
    play: Begin, change: dict[str, Any]
) -> None:
    scene = await play()
    await scene.child()
    if "implementation" in change:
        change = {"implementation": str(await implementation_of(scene.flow, "flow"))}
    await scene.ask(reference="r2", **change)
    answer = await scene.flow.next("ASSIGN_RESPONSE")
    assert answer["task"] is None
    assert answer["error"].startswith("Nondeterministic workflow")


async def test_arguments_in_another_order_are_the_same_call(play: Begin) -> None:
    scene = await play()
    child = await scene.child(args={"a": 1, "b": {"x": 1, "y": 2}})
    await scene.ask(args={"b": {"y": 2, "x": 1}, "a": 1})
    assert (await scene.flow.next("ASSIGN_RESPONSE"))["task"] == child


@pytest.mark.parametrize(
    "wrong",
    [
        {"parent": None},
        {"parent": "999999"},
        {"parent": "x"},
        {"implementation": "999999"},
        {"implementation": None},
        {"implementation": None, "dependency": "d", "method": "m"},
    ],
)
async def test_a_child_call_that_cannot_be_is_answered(play: Begin, wrong: dict[str, Any]) -> None:
    scene = await play()
    request = await scene.ask(**wrong)
    answer = await scene.flow.next("ASSIGN_RESPONSE")
    assert (answer["request"], answer["task"]) == (request, None)
    assert answer["error"]
    assert not await tasks_below(scene.parent)


async def test_another_agents_task_is_no_parent(play: Begin) -> None:
    scene = await play()
    await scene.worker.request(
        "ASSIGN_REQUEST", parent=scene.parent, implementation=str(scene.target), args={}
    )
    answer = await scene.worker.next("ASSIGN_RESPONSE")
    assert answer["error"]


async def test_rule_9_large_arguments_are_refused_by_name(play: Begin) -> None:
    scene = await play()
    await scene.ask(args={"a": 1, "big": "x" * 1_000_000})
    assert "'big'" in (await scene.flow.next("ASSIGN_RESPONSE"))["error"]


async def test_rule_12_cancel_of_a_finished_child_changes_nothing(play: Begin) -> None:
    scene = await play()
    child = await scene.child()
    await scene.worker.run(str((await scene.worker.next("ASSIGN"))["task"]))
    await scene.flow.next("COMPLETED_EVENT")
    before = await kinds_of(child)
    request = await scene.flow.request("CANCEL_REQUEST", task=child)
    answer = await scene.flow.next("CONTROL_RESPONSE")
    assert (answer["request"], answer["accepted"]) == (request, False)
    assert await kinds_of(child) == before
    assert await scene.worker.nothing("CANCEL")


async def test_a_running_child_is_cancelled(play: Begin) -> None:
    scene = await play()
    child = await scene.child()
    await scene.worker.next("ASSIGN")
    await scene.worker.report("STARTED", child)
    await scene.flow.next("STARTED_EVENT")
    await scene.flow.request("CANCEL_REQUEST", task=child)
    assert (await scene.flow.next("CONTROL_RESPONSE"))["accepted"] is True
    assert (await scene.worker.next("CANCEL"))["task"] == child
    await scene.flow.next("CANCELLING_EVENT")
    assert await open_instructs(child) == ["CANCEL"]
    await scene.worker.report("CANCELLED", child)
    await scene.flow.next("CANCELLED_EVENT")
    assert await open_instructs(child) == []


async def test_a_stranger_cannot_control_a_child(play: Begin) -> None:
    scene = await play()
    child = await scene.child()
    await scene.worker.request("INTERRUPT_REQUEST", task=child)
    assert (await scene.worker.next("CONTROL_RESPONSE"))["accepted"] is False


async def test_rule_20_an_answer_lost_on_the_way_is_given_again(play: Begin) -> None:
    scene = await play()
    request = await scene.ask()
    first = await scene.flow.next("ASSIGN_RESPONSE")
    await scene.flow.abort()
    await scene.worker.run(str((await scene.worker.next("ASSIGN"))["task"]))
    await scene.worker.acknowledged()
    await scene.flow.connect()
    again = await scene.flow.next("ASSIGN_RESPONSE")
    assert (again["request"], again["task"]) == (request, first["task"])
    assert (await scene.flow.next("COMPLETED_EVENT"))["task"] == first["task"]


# consent


async def test_under_ask_a_child_waits_for_a_person(play: Begin, ada: Member) -> None:
    scene = await play("ASK")
    child = await scene.child(prompt={"title": "May I?"})
    held = await scene.flow.next("HELD_EVENT")
    assert held["prompt"] == {"title": "May I?"}
    assert await scene.worker.nothing("ASSIGN")
    await task_decide(principal=ada.principal, task_id=int(child), approved=True, answer="go ahead")
    frame = await scene.worker.next("ASSIGN")
    assert (frame["task"], frame["message"]) == (child, "go ahead")
    await scene.worker.run(child)
    await scene.flow.next("COMPLETED_EVENT")
    assert (await kinds_of(child))[:3] == ["HELD", "DECIDED", "STARTED"]
    held, decided = (await events_of(child))[:2]
    assert held.value["kind"] == "assign"
    assert (decided.value["approved"], decided.value["user"]) == (True, ada.principal.subject)


async def test_a_denied_child_ends(play: Begin, ada: Member) -> None:
    scene = await play("ASK")
    child = await scene.child()
    await task_decide(
        principal=ada.principal, task_id=int(child), approved=False, answer="too risky"
    )
    assert (await scene.flow.next("DENIED_EVENT"))["answer"] == "too risky"
    assert (await task_row(child)).is_done
    assert await scene.worker.nothing("ASSIGN")


async def test_a_held_child_is_not_delivered_at_init(play: Begin) -> None:
    scene = await play("ASK")
    await scene.child()
    await scene.worker.abort()
    await scene.worker.connect()
    assert await scene.worker.nothing("ASSIGN")


async def test_under_auto_a_hold_is_answered_at_once(play: Begin) -> None:
    scene = await play("AUTO")
    await scene.flow.request("HELD", task=scene.parent, message="May I?", prompt={"title": "t"})
    decide = await scene.flow.next("DECIDE")
    assert (decide["task"], decide["approved"], decide["auto"]) == (scene.parent, True, True)
    assert (await kinds_of(scene.parent))[-2:] == ["HELD", "DECIDED"]


async def test_an_ask_with_a_blok_waits_even_under_auto(play: Begin) -> None:
    scene = await play("AUTO")
    await scene.flow.request("HELD", task=scene.parent, blok={"key": "b"})
    assert await scene.flow.nothing("DECIDE")


async def test_rule_20_a_decision_is_sent_again_until_the_task_goes_on(
    play: Begin, ada: Member
) -> None:
    scene = await play("ASK")
    await scene.flow.request("HELD", task=scene.parent, message="May I?")
    await scene.flow.report("LOCK", key="k", task=scene.parent)
    await scene.flow.acknowledged()
    await task_decide(principal=ada.principal, task_id=int(scene.parent), approved=False)
    assert (await scene.flow.next("DECIDE"))["approved"] is False
    await scene.flow.abort()
    await scene.flow.connect()
    assert (await scene.flow.next("DECIDE"))["approved"] is False
    await scene.flow.report("EFFECT", scene.parent, effect="HOLD", key="HOLD:1", value={})
    await scene.flow.acknowledged()
    assert await count(models.Outbox) == 0


# resuming


async def test_rule_19_a_workflow_is_resumed_with_what_it_recorded(
    play: Begin, make_agent: Make
) -> None:
    scene = await play()
    await scene.flow.report("EFFECT", scene.parent, effect="NOW", key="NOW:1", value=1700000000.5)
    await scene.child(parent_step=7)
    await scene.flow.acknowledged()
    await scene.flow.abort()
    fresh = make_agent("flow", implementations=[WORKFLOW])
    init = await fresh.connect(opens=False)
    assert init["inquiries"] == []
    frame = await fresh.next("ASSIGN", "PROTOCOL_ERROR")
    assert frame["task"] == scene.parent
    assert frame["resume"] == {
        "last_step": 7,
        "effects": [{"key": "NOW:1", "effect": "NOW", "value": 1700000000.5}],
    }
    await fresh.report("SESSION_INIT", session_id=fresh.session, states={})
    await fresh.report("STARTED", scene.parent)
    await fresh.report("COMPLETED", scene.parent)
    await fresh.acknowledged()
    assert (await kinds_of(scene.parent))[-2:] == ["STARTED", "COMPLETED"]


async def test_what_a_workflow_recorded_is_read_before_its_process_may_say_more(
    play: Begin, make_agent: Make, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on its disk is said after INIT; once acknowledged, it is nowhere but in the rows."""
    scene = await play()
    await scene.flow.abort()
    order: list[str] = []
    fetch, opened = broker.store.fetch, Link.open

    async def noted(sql: Any, *rest: Any) -> Any:
        if sql == statements.EFFECTS_OF_TASKS:
            order.append("read")
        return await fetch(sql, *rest)

    monkeypatch.setattr(broker.store, "fetch", noted)
    monkeypatch.setattr(Link, "open", lambda *ours: order.append("INIT") or opened(*ours))
    fresh = make_agent("flow", implementations=[WORKFLOW])
    await fresh.connect()
    assert (await fresh.next("ASSIGN"))["resume"]
    assert order == ["read", "INIT"]


async def test_a_resumed_workflow_belongs_to_its_new_process(play: Begin, make_agent: Make) -> None:
    scene = await play()
    await scene.flow.abort()
    fresh = make_agent("flow", implementations=[WORKFLOW])
    await fresh.connect()
    await fresh.next("ASSIGN")
    await fresh.report("STARTED", scene.parent)
    await fresh.acknowledged()
    await fresh.abort()
    assert (await fresh.connect())["inquiries"] == [{"task": scene.parent}]
    assert await fresh.nothing("ASSIGN")


async def test_rule_19_a_workflow_of_other_code_is_lost(play: Begin, make_agent: Make) -> None:
    scene = await play()
    await scene.flow.abort()
    changed = implementation("flow", execution="WORKFLOW", code_hash="c2")
    fresh = make_agent("flow", implementations=[changed])
    fresh.hash = "2"
    await fresh.connect()
    await fresh.acknowledged()
    assert await fresh.nothing("ASSIGN")
    assert (await task_row(scene.parent)).latest_kind == "LOST"


async def test_what_was_not_started_runs_with_new_code(play: Begin, make_agent: Make) -> None:
    scene = await play()
    child = await scene.child()
    await scene.worker.next("ASSIGN")
    await scene.worker.abort()
    await update(models.Task, child, code_hash="old")
    fresh = make_agent("worker")
    await fresh.connect()
    assert (await fresh.next("ASSIGN"))["task"] == child
