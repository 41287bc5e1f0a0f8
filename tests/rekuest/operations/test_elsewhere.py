"""Messages between processes: what they say, how long they are, who is known."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekuest_server.operations.elsewhere import Elsewhere, Message, runs_of

#: PostgreSQL refuses longer ones.
MOST_BYTES = 8000


class Wire:
    """Takes what is told; may be broken."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.is_broken = False

    async def fetch(self, sql: str, parameters: dict[str, Any]) -> list[Any]:
        if self.is_broken:
            raise psycopg.OperationalError("away")
        if "messages" in parameters:
            self.told += parameters["messages"]
            return []
        return [("b",)]


async def told(elsewhere: Elsewhere, wire: Wire) -> list[Message]:
    loop = asyncio.create_task(elsewhere.run())
    await asyncio.sleep(0.01)
    loop.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loop
    return [msgspec.json.decode(text, type=Message) for text in wire.told]


def between(wire: Wire) -> Elsewhere:
    elsewhere = Elsewhere(wire, "a")
    elsewhere.peers = {"b"}
    return elsewhere


@given(st.sets(st.integers(1, 300)))
def test_runs_are_the_numbers(numbers: set[int]) -> None:
    runs = runs_of(sorted(numbers))
    assert [n for low, high in runs for n in range(low, high + 1)] == sorted(numbers)
    assert all(left[1] + 1 < right[0] for left, right in itertools.pairwise(runs))


async def test_alone_a_process_says_only_hello() -> None:
    wire = Wire()
    elsewhere = Elsewhere(wire, "a")
    elsewhere.deliver(1)
    elsewhere.events([1, 2])
    elsewhere.routes(3)
    elsewhere.fence(1, 2, is_displaced=True)
    elsewhere.hello()
    assert [message.k for message in await told(elsewhere, wire)] == ["hello"]


async def test_what_is_told_comes_in_order() -> None:
    wire = Wire()
    elsewhere = between(wire)
    elsewhere.tasks([4])
    elsewhere.events([1, 2, 5])
    elsewhere.deliver(9)
    elsewhere.fence(9, 3, is_displaced=True)
    elsewhere.routes(6)
    found = await told(elsewhere, wire)
    assert [message.k for message in found] == ["tasks", "events", "deliver", "fence", "routes"]
    assert found[1].runs == [(1, 2), (5, 5)]
    assert (found[3].id, found[3].epoch, found[3].is_displaced) == (9, 3, True)


async def test_no_message_is_longer_than_the_database_takes() -> None:
    wire = Wire()
    elsewhere = between(wire)
    far = range(10**17, 10**17 + 2000, 2)
    elsewhere.events(far)
    found = await told(elsewhere, wire)
    assert max(len(text) for text in wire.told) < MOST_BYTES
    assert sum(len(message.runs) for message in found) == len(far)


async def test_a_database_that_is_away_does_not_end_the_telling() -> None:
    wire = Wire()
    elsewhere = between(wire)
    wire.is_broken = True
    elsewhere.deliver(1)
    assert await told(elsewhere, wire) == []
    wire.is_broken = False
    elsewhere.deliver(2)
    # What could not be told is told now, in its order: a gap would go unnoticed.
    assert [message.id for message in await told(elsewhere, wire)] == [1, 2]


async def test_who_speaks_is_known_from_then_on() -> None:
    wire = Wire()
    elsewhere = Elsewhere(wire, "a")
    for _ in range(2):
        heard = elsewhere.understand(msgspec.json.encode(Message("c", "hello")).decode())
        assert heard is not None
    assert elsewhere.peers == {"c"}
    # Told nothing until now, and only until now.
    assert [message.k for message in await told(elsewhere, wire)] == ["welcome"]


async def test_the_dead_are_forgotten() -> None:
    elsewhere = between(Wire())
    elsewhere.peers = {"b", "dead"}
    await elsewhere.forget_the_dead()
    assert elsewhere.peers == {"b"}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"p": 1, "k": "hello"}', '{"k": "events"}'])
async def test_noise_on_the_channel_is_ignored(text: str) -> None:
    assert between(Wire()).understand(text) is None


async def test_a_process_hears_of_itself_that_it_hears() -> None:
    own = msgspec.json.encode(Message("a", "ping", id=7)).decode()
    heard = between(Wire()).understand(own)
    assert heard is not None
    assert heard.id == 7
    # That of another one says that it lives, and nothing to carry out.
    elsewhere = Elsewhere(Wire(), "b")
    assert elsewhere.understand(own) is None
    assert elsewhere.peers == {"a"}


async def test_a_process_does_not_listen_to_itself() -> None:
    own = msgspec.json.encode(Message("a", "routes", id=1)).decode()
    assert between(Wire()).understand(own) is None
