"""Bodies are counted as they come, whatever their headers say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.bodies import LimitedReceive
from chassis.errors import PayloadTooLarge


def receiver(messages: Iterator[dict], most: int) -> LimitedReceive:
    async def receive() -> dict:
        return next(messages)

    return LimitedReceive(receive, most)


def body(*parts: bytes) -> Iterator[dict]:
    return iter([{"type": "http.request", "body": part, "more_body": True} for part in parts])


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=20), st.integers(0, 200))
async def test_what_fits_comes_through_and_what_does_not_is_refused(
    parts: list[bytes], most: int
) -> None:
    receive = receiver(body(*parts), most)
    seen = 0
    for part in parts:
        seen += len(part)
        if seen > most:
            with pytest.raises(PayloadTooLarge, match=f"at most {most} bytes"):
                await receive()
            return
        assert (await receive())["body"] == part


async def test_messages_without_a_body_do_not_count() -> None:
    messages = iter([{"type": "http.request"}, {"type": "http.disconnect", "body": b"x" * 50}])
    receive = receiver(messages, 0)
    assert await receive() == {"type": "http.request"}
    assert (await receive())["type"] == "http.disconnect"
