"""Probes: calls between agents that leave no row, whatever becomes of either side."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from agents import Agent, definition, implementation
from rows import count, implementation_of

from chassis.testing.mint import TokenMint
from chassis.testing.websocket import WebSocketSession
from rekuest_server import models
from rekuest_server.operations.broker import Broker

Make = Callable[..., Agent]

PREVIEW = {"definition": definition("preview", allow_probe=True), "interface": "preview"}


class Pair:
    """An agent that asks and one that offers previews."""

    def __init__(self, asker: Agent, worker: Agent, target: int) -> None:
        self.asker = asker
        self.worker = worker
        self.target = target

    async def refusal(self, **fields: Any) -> str:
        """Ask for a probe that is refused; return why."""
        request = await self.asker.request("PROBE_REQUEST", **fields)
        answer = await self.asker.next("PROBE_RESPONSE")
        assert (answer["request"], answer["probe"]) == (request, None)
        return str(answer["error"])

    async def probe(self, **fields: Any) -> str:
        """Ask for a probe; return its id."""
        wish = {"implementation": str(self.target), "args": {"a": 1, "b": 2}, "reference": "r"}
        request = await self.asker.request("PROBE_REQUEST", **(wish | fields))
        answer = await self.asker.next("PROBE_RESPONSE")
        assert (answer["request"], answer["error"]) == (request, None)
        return str(answer["probe"])

    async def say(self, kind: str, probe: str, **fields: Any) -> None:
        """Report about a probe, which the worker does not number."""
        await self.worker.request(kind, task=probe, **fields)


@pytest.fixture
def pair(make_agent: Make) -> Callable[[], Awaitable[Pair]]:
    async def connect() -> Pair:
        worker = make_agent("worker", implementations=[PREVIEW, implementation("add")])
        await worker.connect()
        asker = make_agent("asker")
        await asker.connect()
        return Pair(asker, worker, await implementation_of(worker, "preview"))

    return connect


async def test_a_probe_runs_and_leaves_nothing(pair: Callable[[], Awaitable[Pair]]) -> None:
    two = await pair()
    probe = await two.probe()
    order = await two.worker.next("ASSIGN")
    assert probe.startswith("p-")
    assert (order["task"], order["probe"], order["args"]) == (probe, True, {"a": 1, "b": 2})
    assert (order["interface"], order["reference"], order["token"]) == ("preview", "r", None)
    await two.say("STARTED", probe)
    await two.say("PROGRESS", probe, progress=50, message="half")
    await two.say("LOG", probe, message="warm", level="WARN")
    await two.say("YIELD", probe, returns={"sum": 3})
    await two.say("COMPLETED", probe)
    kinds = ("STARTED", "PROGRESS", "LOG", "YIELD", "COMPLETED")
    told = [await two.asker.next(f"{kind}_EVENT") for kind in kinds]
    assert [event["task"] for event in told] == [probe] * 5
    assert [event["seq"] for event in told] == [1, 2, 3, 4, 5]
    assert (told[1]["progress"], told[1]["message"]) == (50, "half")
    assert told[3]["returns"] == {"sum": 3}
    assert await count(models.Task) == 0
    assert await count(models.TaskEvent) == 0
    assert await count(models.DeadLetter) == 0


async def test_what_comes_after_the_end_is_nothing(
    pair: Callable[[], Awaitable[Pair]], broker: Broker
) -> None:
    two = await pair()
    probe = await two.probe()
    await two.say("COMPLETED", probe)
    await two.asker.next("COMPLETED_EVENT")
    await two.say("YIELD", probe, returns={"sum": 3})
    second = await two.probe()
    await two.say("COMPLETED", second)
    assert (await two.asker.next("COMPLETED_EVENT", "YIELD_EVENT"))["task"] == second
    assert broker.probes._open == {}


async def test_only_the_agent_that_runs_a_probe_reports_about_it(
    pair: Callable[[], Awaitable[Pair]],
) -> None:
    two = await pair()
    probe = await two.probe()
    await two.asker.request("YIELD", task=probe, returns={"sum": 666})
    await two.asker.report("LOCK", key="stage", task=None)
    await two.asker.acknowledged()
    await two.say("YIELD", probe, returns={"sum": 3})
    assert (await two.asker.next("YIELD_EVENT"))["returns"] == {"sum": 3}


async def test_an_action_that_does_not_allow_probes_is_refused(
    pair: Callable[[], Awaitable[Pair]],
) -> None:
    two = await pair()
    plain = await implementation_of(two.worker, "add")
    assert "does not allow probes" in await two.refusal(implementation=str(plain))
    assert "Nothing offers" in await two.refusal(implementation="999999")
    assert "Name an implementation" in await two.refusal()


async def test_an_agent_that_is_away_is_not_waited_for(
    pair: Callable[[], Awaitable[Pair]],
) -> None:
    two = await pair()
    await two.worker.abort()
    assert "is not connected" in await two.refusal(implementation=str(two.target))


async def test_another_organizations_action_is_not_there(
    pair: Callable[[], Awaitable[Pair]], mint: TokenMint, websocket: Callable[..., WebSocketSession]
) -> None:
    two = await pair()
    member = mint.member(client_id="bob", org="2", active_org="second", sub="2")
    stranger = Agent(websocket, member)
    await stranger.connect()
    foreign = Pair(stranger, two.worker, two.target)
    assert "Nothing offers" in await foreign.refusal(implementation=str(two.target))
    await stranger.socket.close()


async def test_who_may_not_start_tasks_may_not_probe(
    pair: Callable[[], Awaitable[Pair]], mint: TokenMint, websocket: Callable[..., WebSocketSession]
) -> None:
    two = await pair()
    deployer = Agent(websocket, mint.member(client_id="deployer", roles=["deployer"]))
    await deployer.connect()
    other = Pair(deployer, two.worker, two.target)
    assert "task.assign" in await other.refusal(implementation=str(two.target))
    assert await two.worker.nothing("ASSIGN")
    await deployer.socket.close()


@pytest.mark.parametrize("kind", ["CANCEL", "INTERRUPT", "PAUSE", "RESUME"])
async def test_who_asked_controls_the_probe_and_nobody_else(
    pair: Callable[[], Awaitable[Pair]], kind: str
) -> None:
    two = await pair()
    probe = await two.probe()
    await two.asker.request(f"{kind}_REQUEST", task=probe)
    assert (await two.asker.next("CONTROL_RESPONSE"))["accepted"] is True
    assert (await two.worker.next(kind))["task"] == probe
    await two.worker.request(f"{kind}_REQUEST", task=probe)
    answer = await two.worker.next("CONTROL_RESPONSE")
    assert (answer["accepted"], bool(answer["error"])) == (False, True)


async def test_the_worker_goes_away(pair: Callable[[], Awaitable[Pair]]) -> None:
    two = await pair()
    probe = await two.probe()
    await two.worker.abort()
    assert (await two.asker.next("LOST_EVENT"))["task"] == probe


async def test_the_asker_goes_away(pair: Callable[[], Awaitable[Pair]], broker: Broker) -> None:
    two = await pair()
    probe = await two.probe()
    await two.asker.abort()
    assert (await two.worker.next("CANCEL"))["task"] == probe
    await two.say("CANCELLED", probe)
    assert broker.probes._open == {}


async def test_a_probe_past_its_time_is_cancelled_and_told(
    pair: Callable[[], Awaitable[Pair]], broker: Broker
) -> None:
    two = await pair()
    probe = await two.probe()
    broker.probes.end_overdue(time.monotonic())
    broker.probes.end_overdue(time.monotonic() + broker.config.tasks.probe_seconds + 1)
    assert (await two.worker.next("CANCEL"))["task"] == probe
    assert "took too long" in (await two.asker.next("CRITICAL_EVENT"))["error"]


async def test_a_probe_that_asks_a_person_is_answered_no(
    pair: Callable[[], Awaitable[Pair]],
) -> None:
    two = await pair()
    probe = await two.probe()
    await two.say("HELD", probe, prompt={"title": "Sure?"})
    decision = await two.worker.next("DECIDE")
    assert (decision["task"], decision["approved"]) == (probe, False)


async def test_values_too_large_for_a_message_are_refused_both_ways(
    pair: Callable[[], Awaitable[Pair]], broker: Broker
) -> None:
    two = await pair()
    large = "x" * (broker.config.tasks.value_bytes + 1)
    error = await two.refusal(implementation=str(two.target), args={"a": 1, "b": large})
    assert "'b' is too large" in error
    probe = await two.probe()
    await two.say("YIELD", probe, returns={"sum": large})
    failed = await two.asker.next("FAILED_EVENT", "YIELD_EVENT")
    assert (failed["type"], failed["code"]) == ("FAILED_EVENT", "VALUE_TOO_LARGE")
    assert (await two.worker.next("CANCEL"))["task"] == probe


async def test_an_agent_has_a_bounded_number_of_open_probes(
    pair: Callable[[], Awaitable[Pair]],
) -> None:
    two = await pair()
    probes = [await two.probe() for _ in range(64)]
    assert "64 open probes" in await two.refusal(implementation=str(two.target))
    await two.say("COMPLETED", probes[0])
    await two.asker.next("COMPLETED_EVENT")
    assert await two.probe()
