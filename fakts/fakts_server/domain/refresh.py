"""When a refresh token may be exchanged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """What to do with a presented refresh token."""

    ROTATE = "rotate"
    REPEAT = "repeat"
    REFUSE = "refuse"


@dataclass(frozen=True)
class RefreshFacts:
    """What is known about a presented token."""

    expires_at: datetime
    chain_expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


def judge_refresh(token: RefreshFacts, now: datetime, grace: timedelta) -> Verdict:
    """Decide a refresh.

    A token works once and, for a short grace, again: processes of one app share a cache and race,
    and answers get lost. A late second use is refused but never revokes the chain, because a
    sibling that holds the newer token has done nothing wrong.
    """
    if token.revoked_at is not None or now >= min(token.expires_at, token.chain_expires_at):
        return Verdict.REFUSE
    if token.used_at is None:
        return Verdict.ROTATE
    return Verdict.REPEAT if now - token.used_at <= grace else Verdict.REFUSE
