"""Which invites still work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakts_server.domain.joining import InviteFacts, InviteStatus, invite_problem

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def facts(**changes):
    values = {
        "status": InviteStatus.PENDING,
        "expires_at": NOW + timedelta(days=1),
        "max_uses": 1,
        "uses": 0,
    }
    return InviteFacts(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"status": InviteStatus.CANCELLED}, "taken back"),
        ({"status": InviteStatus.DECLINED}, "declined"),
        ({"expires_at": NOW}, "expired"),
        ({"uses": 1}, "used already"),
        ({"max_uses": 3, "uses": 3}, "used already"),
    ],
)
def test_what_ended_says_why(changes, word):
    assert word in invite_problem(facts(**changes), NOW)


@pytest.mark.parametrize(
    "changes",
    [{}, {"expires_at": None}, {"max_uses": None, "uses": 10**6}, {"max_uses": 3, "uses": 2}],
)
def test_what_is_open_has_no_problem(changes):
    assert invite_problem(facts(**changes), NOW) is None


@given(st.sampled_from(InviteStatus), st.integers(0, 5), st.integers(0, 5), st.integers(-9, 9))
def test_an_invite_that_ended_never_works_again(status, most, uses, hours):
    invite = facts(status=status, max_uses=most, uses=uses, expires_at=NOW + timedelta(hours=hours))
    later = facts(status=status, max_uses=most, uses=uses + 1, expires_at=invite.expires_at)
    if invite_problem(invite, NOW) is not None:
        assert invite_problem(later, NOW + timedelta(hours=1)) is not None
