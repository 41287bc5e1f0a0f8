"""A thousand agents that have nothing to do: memory, CPU and statements of the process."""

from __future__ import annotations

import asyncio
import contextlib

import uvloop
from broker import Broker, broker
from figures import figure
from rawagent import RawAgent

BENCH = "rekuest_idle"
AGENTS = 1000
LOGINS_AT_ONCE = 8
SECONDS = 30.0


async def measure(service: Broker) -> bool:
    """Print all figures."""
    free = asyncio.Semaphore(LOGINS_AT_ONCE)

    async def connected(stack: contextlib.AsyncExitStack, number: int) -> RawAgent:
        async with free:
            token = await service.token(f"org.example.idle-{number}")
        agent = RawAgent(service.where, token)
        async with free:
            return await stack.enter_async_context(agent)

    met = []
    async with contextlib.AsyncExitStack() as stack:
        await connected(stack, 0)
        await asyncio.sleep(2)
        before = service.process.memory_full_info().uss
        agents = await asyncio.gather(*(connected(stack, n + 1) for n in range(AGENTS)))
        await asyncio.gather(*(agent.acknowledged() for agent in agents))
        await asyncio.sleep(12)
        each = (service.process.memory_full_info().uss - before) / AGENTS / 1024
        note = f"{AGENTS} agents, heartbeat every 10 s"
        met.append(figure(BENCH, "memory_per_agent", each, "KiB", most=30, against=note))
        is_plain = all(b"permessage-deflate" not in agent.socket.head for agent in agents)
        met.append(
            figure(BENCH, "compression_refused", float(is_plain), "", least=1, against="offered")
        )
        used = service.cpu_seconds()
        sent = len(await service.sent(lambda: asyncio.sleep(SECONDS)))
        share = (service.cpu_seconds() - used) / SECONDS * 100
        met.append(figure(BENCH, "cpu", share, "% of a core", most=3, against=note))
        rate = sent / SECONDS
        met.append(figure(BENCH, "statements", rate, "statements/s", most=5, against=note))
        alive = sum(agent.heartbeats > 0 for agent in agents)
        met.append(figure(BENCH, "asked_for_life", alive, "agents", least=AGENTS, against=note))
    return all(met)


def main() -> bool:
    """Measure."""
    with broker() as service:
        return uvloop.run(measure(service))
