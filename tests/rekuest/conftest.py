"""Fixtures of the Rekuest suite, besides those of `chassis.testing.plugin`.

- `ada`: a person who calls tasks
- `make_agent`: makes agents that speak raw frames (see `agents.Agent`), each a client of its own
- `broker`: the running broker of the application under test
- `second`: a second broker on the same database, as another process is (`peers.on` chooses)
- `objects`: the object store, in memory
- `assign`: starts a task as `ada` and returns its row
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from agents import Agent
from hypothesis import HealthCheck, settings

from chassis.objectstore.memory import MemoryStore
from chassis.testing.mint import Member, TokenMint
from chassis.testing.websocket import WebSocketSession
from rekuest_server.adapters.objects import served, storage_config
from rekuest_server.models import Task
from rekuest_server.operations.broker import Broker, current_broker
from rekuest_server.operations.running import broker_running
from rekuest_server.operations.task import AssignWish, task_assign

# A busy machine makes an example slow, not wrong.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(autouse=True)
def objects() -> Iterator[MemoryStore]:
    """The object store, in memory; the chassis holds it against real ones."""
    store = MemoryStore(storage_config())
    served.use(store)
    yield store
    served.use(None)


@pytest.fixture
def ada(mint: TokenMint) -> Member:
    """A person who calls tasks from a client of their own."""
    return mint.member(client_id="caller-client", client_app="org.example.caller")


@pytest_asyncio.fixture
async def make_agent(
    mint: TokenMint, websocket: Callable[..., WebSocketSession]
) -> AsyncIterator[Callable[..., Agent]]:
    """Makes agents; what is still connected at the end of the test is disconnected."""
    made: list[Agent] = []

    def make(name: str = "agent", **options: Any) -> Agent:
        member = mint.member(client_id=name, client_app=f"org.example.{name}")
        agent = Agent(websocket, member, **options)
        made.append(agent)
        return agent

    yield make
    for agent in made:
        if agent._socket is not None:
            await agent.socket.close()


@pytest.fixture
def broker(application: Any) -> Broker:
    """The broker inside the application."""
    return current_broker()


@pytest_asyncio.fixture
async def second(broker: Broker) -> AsyncIterator[Broker]:
    """Another process that knows the first and is known to it."""
    async with broker_running() as other:
        async with asyncio.timeout(120):
            while not (broker.hub.elsewhere.peers and other.hub.elsewhere.peers):
                await asyncio.sleep(0.01)
        yield other


@pytest.fixture
def assign(application: Any, ada: Member) -> Callable[..., Awaitable[Task]]:
    """Starts a task as `ada` by the hash or id of what is given."""

    async def start(args: dict[str, Any] | None = None, **wish: Any) -> Task:
        wanted = AssignWish(args=args if args is not None else {"a": 1, "b": 2}, **wish)
        return await task_assign(principal=ada.principal, wish=wanted)

    return start
