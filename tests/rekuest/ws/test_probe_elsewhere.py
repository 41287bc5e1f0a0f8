"""Probes between agents of two server processes: the same as of one, and nothing is left behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from agents import Agent, definition
from peers import on
from rows import count, implementation_of

from rekuest_server import models
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.probe_post import Note

Make = Callable[..., Agent]

PREVIEW = {"definition": definition("preview", allow_probe=True), "interface": "preview"}


class Pair:
    """An agent that asks at the first process and one that offers previews at the second."""

    def __init__(self, asker: Agent, worker: Agent, target: int) -> None:
        self.asker = asker
        self.worker = worker
        self.target = target

    async def asks(self, **fields: Any) -> dict[str, Any]:
        """Ask for a probe; return the answer."""
        wish = {"implementation": str(self.target), "args": {"a": 1, "b": 2}, "reference": "r"}
        request = await self.asker.request("PROBE_REQUEST", **(wish | fields))
        answer = await self.asker.next("PROBE_RESPONSE")
        assert answer["request"] == request
        return answer

    async def probe(self, **fields: Any) -> str:
        """Ask for a probe and see it arrive; return its id."""
        answer = await self.asks(**fields)
        assert answer["error"] is None
        order = await self.worker.next("ASSIGN")
        assert (order["task"], order["probe"]) == (answer["probe"], True)
        return str(answer["probe"])

    async def say(self, kind: str, probe: str, **fields: Any) -> None:
        """Report about a probe, which the worker does not number."""
        await self.worker.request(kind, task=probe, **fields)


@pytest.fixture
def pair(make_agent: Make, broker: Broker, second: Broker) -> Callable[[], Awaitable[Pair]]:
    async def connect() -> Pair:
        worker, asker = make_agent("worker", implementations=[PREVIEW]), make_agent("asker")
        with on(second):
            await worker.connect()
        with on(broker):
            await asker.connect()
        return Pair(asker, worker, await implementation_of(worker, "preview"))

    return connect


async def nothing_left(*brokers: Broker) -> None:
    """Wait until no process and no row knows of a probe."""
    async with asyncio.timeout(120):
        while any(broker.probes._open for broker in brokers) or await count(models.ProbeNote):
            await asyncio.sleep(0.01)


Connect = Callable[[], Awaitable[Pair]]


async def test_a_probe_runs_at_the_other_process_and_leaves_nothing(
    pair: Connect, broker: Broker, second: Broker
) -> None:
    two = await pair()
    probe = await two.probe()
    reports: list[tuple[str, dict[str, Any]]] = [
        ("STARTED", {}),
        ("PROGRESS", {"progress": 50, "message": "half"}),
        *[("YIELD", {"returns": {"sum": number}}) for number in range(60)],
        ("COMPLETED", {}),
    ]
    for kind, fields in reports:
        await two.say(kind, probe, **fields)
    told = [await two.asker.next(f"{kind}_EVENT") for kind, _ in reports]
    assert [event["seq"] for event in told] == list(range(1, len(reports) + 1))
    assert {event["task"] for event in told} == {probe}
    assert [event["returns"]["sum"] for event in told if event["type"] == "YIELD_EVENT"] == list(
        range(60)
    )
    await nothing_left(broker, second)
    assert await count(models.Task) == await count(models.TaskEvent) == 0


async def test_values_as_large_as_a_message_go_both_ways(
    pair: Connect, broker: Broker, second: Broker
) -> None:
    two = await pair()
    # 18 bytes each, as the tests' agents write it.
    large = 'ä"\\\x00\n' * ((broker.config.tasks.value_bytes - 1000) // 18)
    answer = await two.asks(args={"a": 1, "b": large})
    assert answer["error"] is None
    assert (await two.worker.next("ASSIGN"))["args"]["b"] == large
    await two.say("YIELD", answer["probe"], returns={"sum": large})
    assert (await two.asker.next("YIELD_EVENT"))["returns"] == {"sum": large}
    await two.say("COMPLETED", answer["probe"])
    await two.asker.next("COMPLETED_EVENT")
    await nothing_left(broker, second)


@pytest.mark.parametrize("kind", ["CANCEL", "INTERRUPT", "PAUSE", "RESUME"])
async def test_who_asked_controls_the_probe_over_there(pair: Connect, kind: str) -> None:
    two = await pair()
    probe = await two.probe()
    await two.asker.request(f"{kind}_REQUEST", task=probe)
    assert (await two.asker.next("CONTROL_RESPONSE"))["accepted"] is True
    assert (await two.worker.next(kind))["task"] == probe
    await two.say("CANCELLED", probe)
    assert (await two.asker.next("CANCELLED_EVENT"))["task"] == probe


async def test_a_question_is_answered_no_where_the_worker_is(pair: Connect) -> None:
    two = await pair()
    probe = await two.probe()
    await two.say("HELD", probe, prompt={"title": "Sure?"})
    assert (await two.worker.next("DECIDE"))["approved"] is False
    assert (await two.asker.next("HELD_EVENT"))["prompt"]["title"] == "Sure?"


async def test_the_worker_over_there_goes_away(
    pair: Connect, broker: Broker, second: Broker
) -> None:
    two = await pair()
    probe = await two.probe()
    await two.worker.abort()
    assert (await two.asker.next("LOST_EVENT"))["task"] == probe
    await nothing_left(broker, second)


async def test_the_asker_over_there_goes_away(
    pair: Connect, broker: Broker, second: Broker
) -> None:
    two = await pair()
    probe = await two.probe()
    await two.asker.abort()
    assert (await two.worker.next("CANCEL"))["task"] == probe
    await nothing_left(broker, second)


async def test_a_probe_past_its_time_is_ended_on_both_sides(
    pair: Connect, broker: Broker, second: Broker
) -> None:
    two = await pair()
    probe = await two.probe()
    broker.probes.end_overdue(time.monotonic() + broker.config.tasks.probe_seconds + 1)
    assert (await two.worker.next("CANCEL"))["task"] == probe
    assert "took too long" in (await two.asker.next("CRITICAL_EVENT"))["error"]
    await nothing_left(broker, second)


@pytest.mark.parametrize("survivor", ["asker", "worker"])
async def test_one_of_the_two_processes_ends(
    pair: Connect, broker: Broker, second: Broker, survivor: str
) -> None:
    two = await pair()
    probe = await two.probe()
    if survivor == "asker":
        broker.probes.forget_processes(set())
        lost = await two.asker.next("LOST_EVENT")
        assert (lost["task"], lost["seq"]) == (probe, 1)
    else:
        second.probes.forget_processes(set())
        assert (await two.worker.next("CANCEL"))["task"] == probe
    broker.probes.forget_processes({second.process_id})
    second.probes.forget_processes({broker.process_id})
    # Whoever lives after all is told, too.
    await nothing_left(broker, second)


async def test_a_process_that_was_not_heard_of_yet_is_not_taken_for_dead(
    pair: Connect, broker: Broker, second: Broker
) -> None:
    two = await pair()
    broker.hub.elsewhere.peers.clear()
    probe = await two.probe()
    broker.probes.forget_processes(broker.hub.elsewhere.peers)
    await two.say("COMPLETED", probe)
    assert (await two.asker.next("COMPLETED_EVENT"))["task"] == probe


async def test_an_agent_that_left_while_it_was_asked_is_lost(
    pair: Connect, broker: Broker, second: Broker
) -> None:
    two = await pair()
    link = second.hub.links.pop(int(two.worker.agent_id))
    answer = await two.asks()
    assert (await two.asker.next("LOST_EVENT"))["task"] == answer["probe"]
    second.hub.links[link.agent_id] = link
    await nothing_left(broker, second)


async def test_an_agent_of_a_process_that_ended_is_refused(
    make_agent: Make, pair: Connect, broker: Broker
) -> None:
    two = await pair()
    await models.Agent.objects.filter(pk=two.worker.agent_id).aupdate(process_id="77")
    assert "is not connected" in (await two.asks())["error"]


async def test_a_lost_wake_up_costs_a_probe_delay_and_nothing_else(
    pair: Connect, broker: Broker, second: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = await pair()
    # Notices are lost; the sweeps find what they were about.
    for deaf in (broker, second):
        monkeypatch.setattr(deaf.hub.elsewhere, "understand", lambda text: None)
    probe = await two.probe()
    await two.say("YIELD", probe, returns={"sum": 3})
    await two.say("COMPLETED", probe)
    assert (await two.asker.next("YIELD_EVENT"))["returns"] == {"sum": 3}
    assert (await two.asker.next("COMPLETED_EVENT"))["seq"] == 2


async def test_notes_nobody_reads_go_with_the_time_of_their_probe(broker: Broker) -> None:
    post = broker.probes.post
    await post.write([Note("7", "p-1", "asker", "{}", 0.0), Note("7", "p-2", "asker", "{}", 60.0)])
    await post.drop_overdue()
    assert [note.probe async for note in models.ProbeNote.objects.all()] == ["p-2"]


async def test_a_note_about_a_strangers_probe_is_nothing(
    pair: Connect, broker: Broker, second: Broker
) -> None:
    two = await pair()
    probe = await two.probe()
    note = Note(broker.process_id, probe, "worker", '{"type": "CANCEL"}', 60.0, is_last=True)
    # It names its own process as the reader, so that its probe's other side is no match.
    await broker.probes.post.write([note])
    await broker.probes.post.read(broker.probes.hear)
    await two.say("COMPLETED", probe)
    assert (await two.asker.next("COMPLETED_EVENT"))["task"] == probe


async def test_the_database_is_away_while_notes_wait(
    pair: Connect, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = await pair()
    real, failures = broker.probes.post.write, iter([OSError("away"), OSError("away")])

    async def shaky(notes: Any) -> None:
        for failure in failures:
            raise failure
        await real(notes)

    monkeypatch.setattr(broker.probes.post, "write", shaky)
    probe = await two.probe()
    await two.say("COMPLETED", probe)
    assert (await two.asker.next("COMPLETED_EVENT"))["seq"] == 1
