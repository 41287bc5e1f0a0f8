"""The small queue and the small event of connections: as those of asyncio, but for their size."""

from __future__ import annotations

import asyncio

from chassis.waiting import Gate, Inbox


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_messages_come_in_their_order() -> None:
    inbox = Inbox()
    inbox.put_nowait(1)
    inbox.put_nowait(2)
    assert inbox.qsize() == 2
    assert await inbox.get() == 1
    assert inbox.get_nowait() == 2
    assert inbox.empty()


async def test_a_reader_waits_for_the_next_message() -> None:
    inbox = Inbox()
    for number in range(3):
        reading = asyncio.create_task(inbox.get())
        await turns()
        assert not reading.done()
        inbox.put_nowait(number)
        await turns()
        assert reading.result() == number


async def test_a_message_outlives_the_reader_it_woke() -> None:
    inbox = Inbox()
    reading = asyncio.create_task(inbox.get())
    await turns()
    inbox.put_nowait("kept")
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert reading.cancelled()
    assert await inbox.get() == "kept"


async def test_a_closed_gate_holds_all_until_it_opens() -> None:
    gate = Gate()
    assert await gate.wait()
    gate.clear()
    waiting = [asyncio.create_task(gate.wait()) for _ in range(3)]
    await turns()
    assert not any(one.done() for one in waiting)
    waiting.pop().cancel()
    await turns()
    gate.set()
    await turns()
    assert all(one.done() for one in waiting)
    assert gate.is_set()


async def test_who_waited_at_an_opened_gate_goes_through_though_it_closes_again() -> None:
    gate = Gate()
    gate.clear()
    waiting = asyncio.create_task(gate.wait())
    await turns()
    gate.set()
    gate.clear()
    await turns()
    assert waiting.done()
