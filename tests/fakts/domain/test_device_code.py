"""Every poll has one answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fakts_server.domain.device_code import DeviceCodeFacts, DeviceCodeState, Poll, judge_poll

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REPEAT = timedelta(seconds=10)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("state", "left", "polled", "redeemed", "expected"),
    [
        ("pending", 60, None, None, Poll.PENDING),
        ("pending", 60, 2.0, None, Poll.PENDING),
        ("pending", 60, 1.2, None, Poll.PENDING),
        ("pending", 60, 0.2, None, Poll.SLOW_DOWN),
        ("pending", 0, None, None, Poll.EXPIRED),
        ("pending", -60, 0.1, None, Poll.EXPIRED),
        ("granted", 60, 0.1, None, Poll.GRANT),
        ("granted", -1, None, None, Poll.EXPIRED),
        ("denied", 60, 0.1, None, Poll.DENIED),
        ("denied", -60, None, None, Poll.DENIED),
        ("granted", 60, 1, 3, Poll.REPEAT),
        ("granted", -60, 1, 10, Poll.REPEAT),
        ("granted", 60, 1, 11, Poll.SPENT),
    ],
)
def test_poll_is_judged(state, left, polled, redeemed, expected):
    facts = DeviceCodeFacts(
        state=DeviceCodeState(state),
        expires_at=NOW + timedelta(seconds=left),
        interval=timedelta(seconds=2),
        last_polled_at=None if polled is None else ago(polled),
        redeemed_at=None if redeemed is None else ago(redeemed),
    )
    assert judge_poll(facts, NOW, REPEAT) is expected
