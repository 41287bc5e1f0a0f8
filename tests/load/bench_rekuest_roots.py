"""Root tasks by GraphQL: `assign`, run by a raw agent, COMPLETED seen on `mytasks`."""

from __future__ import annotations

import time
from functools import partial
from statistics import median

import uvloop
from broker import MIB, Broker, broker
from figures import figure, percentile

BENCH = "rekuest_roots"
ROUNDS = 3
SERIAL = 400
MANY = 4000
AT_ONCE = 64
AGENTS = 4
TRACED = 200


async def measure(service: Broker) -> bool:
    """Print all figures."""
    met = []
    async with service.agents(AGENTS) as agents, service.caller() as caller:
        ids = [agent.agent_id for agent in agents]
        await caller.calls(ids, 300, 16)
        serial = [await caller.calls(ids[:1], SERIAL, 1) for _ in range(ROUNDS)]
        note = f"one at a time, median of {ROUNDS} rounds of {SERIAL}"
        for share, most in ((0.5, 5), (0.99, 20)):
            value = median(percentile(times, share) for times in serial)
            name = f"assign_to_completed_p{share * 100:.0f}"
            met.append(figure(BENCH, name, value, "ms", most=most, against=note))
        rates, tails, spent = [], [], []
        for _ in range(ROUNDS):
            used, started = service.cpu_seconds(), time.perf_counter()
            times = await caller.calls(ids, MANY, AT_ONCE)
            rates.append(MANY / (time.perf_counter() - started))
            tails.append(percentile(times, 0.99))
            spent.append((service.cpu_seconds() - used) / MANY * 1000)
        note = f"{AT_ONCE} in flight, {AGENTS} agents, median of {ROUNDS} rounds of {MANY}"
        rate = median(rates)
        met.append(figure(BENCH, "tasks_per_second", rate, "tasks/s", least=700, against=note))
        met.append(figure(BENCH, "busy_p99", median(tails), "ms", most=250, against=note))
        figure(BENCH, "cpu_per_task", median(spent), "ms", against=note)
        memory = service.process.memory_full_info().uss / MIB
        figure(BENCH, "memory", memory, "MiB", against=f"after {ROUNDS * MANY} tasks")
        for at_once in (1, AT_ONCE):
            count = TRACED if at_once == 1 else TRACED * 10
            work = partial(caller.calls, ids, count, at_once)
            each, beside = await service.statements(work, count)
            note = f"{at_once} in flight; {beside} others meanwhile, of timers"
            name = "statements_per_task"
            met.append(figure(BENCH, name, each, "statements", most=2, against=note))
    return all(met)


def main() -> bool:
    """Measure."""
    with broker() as service:
        return uvloop.run(measure(service))
