"""Children over the agent socket: ASSIGN_REQUEST, run by another agent, COMPLETED_EVENT back."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from statistics import median
from typing import Any

import uvloop
from broker import Broker, Caller, broker
from figures import figure, percentile
from rawagent import RawAgent, implementation
from rawhttp import Connection

BENCH = "rekuest_children"
ROUNDS = 3
SERIAL = 400
MANY = 5000
AT_ONCE = 64
TRACED = 200
WORKFLOW = implementation("flow", execution="WORKFLOW", code_hash="1")


class Workflow:
    """A running workflow of a raw agent, which calls children."""

    def __init__(self, agent: RawAgent, task: str) -> None:
        self._agent = agent
        self._task = task
        self._step = 1
        self._asked: dict[str, asyncio.Future[str]] = {}
        self._requests: dict[str, str] = {}
        self._early: set[str] = set()
        agent.on_frame = self._heard

    async def call(self, target: str) -> None:
        """Call a child at an agent and wait for its end."""
        self._step += 1
        name = f"call-{self._step}"
        self._asked[name] = asyncio.get_running_loop().create_future()
        self._agent.post(
            {
                "type": "ASSIGN_REQUEST",
                "id": name,
                "reference": f"{self._task}-{name}",
                "args": {"a": 1, "b": 2},
                "agent": target,
                "interface": "add",
                "parent": self._task,
                "parent_step": self._step,
                "call_key": name,
                "capture": False,
            }
        )
        await asyncio.wait_for(self._asked[name], 60)

    def _heard(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "ASSIGN_RESPONSE":
            if frame.get("error"):
                raise RuntimeError(frame["error"])
            name = frame["request"]
            if frame["task"] in self._early:
                self._early.discard(frame["task"])
                self._asked.pop(name).set_result(frame["task"])
            else:
                self._requests[frame["task"]] = name
        elif frame["type"] == "COMPLETED_EVENT":
            known = self._requests.pop(frame["task"], None)
            if known is None:
                self._early.add(frame["task"])
            else:
                self._asked.pop(known).set_result(frame["task"])

    async def calls(self, target: str, count: int, at_once: int) -> list[float]:
        """Call children; return the milliseconds of each."""
        times: list[float] = []
        numbers = iter(range(count))

        async def worker() -> None:
            for _ in numbers:
                started = time.perf_counter()
                await self.call(target)
                times.append((time.perf_counter() - started) * 1000)

        await asyncio.gather(*(worker() for _ in range(at_once)))
        return times


async def started(service: Broker, agent: RawAgent, caller: Caller) -> Workflow:
    """Start a workflow on an agent."""
    taken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    agent.on_assign = lambda frame: taken.set_result(frame["task"])
    async with Connection(service.where) as connection:
        await caller.assign(connection, agent.agent_id, "flow")
    task = await asyncio.wait_for(taken, 20)
    agent.report("STARTED", task)
    return Workflow(agent, task)


async def measure(service: Broker) -> bool:
    """Print all figures."""
    met = []
    offered = [implementation(), WORKFLOW]
    async with (
        service.agents(2, implementations=offered) as (parent, worker),
        service.caller() as caller,
    ):
        flow = await started(service, parent, caller)
        target = worker.agent_id
        await flow.calls(target, 300, 16)
        serial = [await flow.calls(target, SERIAL, 1) for _ in range(ROUNDS)]
        note = f"one at a time, median of {ROUNDS} rounds of {SERIAL}"
        p50 = median(percentile(times, 0.5) for times in serial)
        met.append(figure(BENCH, "call_p50", p50, "ms", most=3, against=note))
        rates, spent = [], []
        for _ in range(ROUNDS):
            used, begun = service.cpu_seconds(), time.perf_counter()
            await flow.calls(target, MANY, AT_ONCE)
            rates.append(MANY / (time.perf_counter() - begun))
            spent.append((service.cpu_seconds() - used) / MANY * 1000)
        note = f"{AT_ONCE} in flight, median of {ROUNDS} rounds of {MANY}"
        rate = median(rates)
        met.append(figure(BENCH, "children_per_second", rate, "tasks/s", least=2000, against=note))
        figure(BENCH, "cpu_per_child", median(spent), "ms", against=note)
        for at_once in (1, AT_ONCE):
            count = TRACED if at_once == 1 else TRACED * 10
            work = partial(flow.calls, target, count, at_once)
            each, beside = await service.statements(work, count)
            note = f"{at_once} in flight; {beside} others meanwhile, of timers"
            met.append(
                figure(BENCH, "statements_per_child", each, "statements", most=2, against=note)
            )
    return all(met)


def main() -> bool:
    """Measure."""
    with broker() as service:
        return uvloop.run(measure(service))
