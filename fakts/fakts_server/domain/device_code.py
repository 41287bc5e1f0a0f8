"""The life of a device code, as the polling device sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class DeviceCodeState(StrEnum):
    """What people have decided about a device."""

    PENDING = "pending"
    GRANTED = "granted"
    DENIED = "denied"


class Poll(StrEnum):
    """The answer to one poll."""

    PENDING = "pending"
    SLOW_DOWN = "slow_down"
    DENIED = "denied"
    EXPIRED = "expired"
    GRANT = "grant"
    REPEAT = "repeat"
    SPENT = "spent"


@dataclass(frozen=True)
class DeviceCodeFacts:
    """What is known about a code when it is polled."""

    state: DeviceCodeState
    expires_at: datetime
    interval: timedelta
    last_polled_at: datetime | None = None
    redeemed_at: datetime | None = None


def judge_poll(code: DeviceCodeFacts, now: datetime, repeat_window: timedelta) -> Poll:
    """Decide a poll.

    A granted code is redeemed once; the same answer is given again within `repeat_window`, because
    the client has no other way to recover from an answer that was lost on the way.
    """
    if code.redeemed_at is not None:
        return Poll.REPEAT if now - code.redeemed_at <= repeat_window else Poll.SPENT
    if code.state is DeviceCodeState.DENIED:
        return Poll.DENIED
    if now >= code.expires_at:
        return Poll.EXPIRED
    if code.state is DeviceCodeState.GRANTED:
        return Poll.GRANT
    return Poll.SLOW_DOWN if _too_early(code, now) else Poll.PENDING


def _too_early(code: DeviceCodeFacts, now: datetime) -> bool:
    if code.last_polled_at is None:
        return False
    # Half the interval is forgiven: timers of clients are not exact and networks jitter.
    return now - code.last_polled_at < code.interval / 2
