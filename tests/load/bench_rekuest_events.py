"""Events: one task yields 20,000 values, and its caller sees every one of them on `mytasks`."""

from __future__ import annotations

import asyncio
import time
from statistics import median

import uvloop
from broker import MIB, Broker, Caller, Event, broker
from figures import figure, percentile
from rawagent import RawAgent
from rawhttp import Connection

BENCH = "rekuest_events"
ROUNDS = 3
YIELDS = 20_000


async def stream(service: Broker, agent: RawAgent, caller: Caller) -> tuple[float, bool]:
    """Yield; return events per second and whether all came in order."""
    taken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    agent.on_assign = lambda frame: taken.set_result(frame["task"])
    seen: list[int] = []

    def note(event: Event) -> None:
        if event.kind == "YIELD":
            seen.append(event.returns["sum"])

    caller.on_event = note
    async with Connection(service.where) as connection:
        await caller.assign(connection, agent.agent_id)
    task = await asyncio.wait_for(taken, 20)
    agent.report("STARTED", task)
    started = time.perf_counter()
    for number in range(YIELDS):
        agent.report("YIELD", task, returns={"sum": number})
        if number % 50 == 49:
            await asyncio.sleep(0)
    agent.report("COMPLETED", task)
    await caller.ended(task)
    return YIELDS / (time.perf_counter() - started), seen == list(range(YIELDS))


async def neighbour(agent: RawAgent, times: list[float]) -> None:
    """Report something small every few milliseconds; note how long each acknowledgement takes."""
    while True:
        started = time.perf_counter()
        agent.report("LOCK", key="stage", task=None)
        await agent.acknowledged()
        times.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0.02)


async def measure(service: Broker) -> bool:
    """Print all figures."""
    met, rates, spent, waits = [], [], [], []
    async with service.agents(2) as (agent, other), service.caller() as caller:
        await stream(service, agent, caller)
        before = service.process.memory_full_info().uss
        beside = asyncio.create_task(neighbour(other, waits))
        in_order = True
        for _ in range(ROUNDS):
            used = service.cpu_seconds()
            rate, is_whole = await stream(service, agent, caller)
            in_order &= is_whole
            rates.append(rate)
            spent.append((service.cpu_seconds() - used) / YIELDS * 1e6)
        beside.cancel()
        grown = (service.process.memory_full_info().uss - before) / MIB
    note = f"one task, {YIELDS} yields seen by its caller, median of {ROUNDS}"
    met.append(
        figure(BENCH, "events_per_second", median(rates), "events/s", least=12_000, against=note)
    )
    figure(BENCH, "cpu_per_event", median(spent), "us", against=note)
    met.append(figure(BENCH, "complete_and_in_order", float(in_order), "", least=1, against=note))
    met.append(figure(BENCH, "memory_growth", grown, "MiB", most=64, against=f"{ROUNDS} rounds"))
    note = "a report of another agent meanwhile, from sending to acknowledgement"
    met.append(
        figure(BENCH, "neighbour_ack_p99", percentile(waits, 0.99), "ms", most=1000, against=note)
    )
    return all(met)


def main() -> bool:
    """Measure."""
    with broker() as service:
        return uvloop.run(measure(service))
