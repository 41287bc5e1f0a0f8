"""When a refresh token works."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakts_server.domain.refresh import RefreshFacts, Verdict, judge_refresh

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GRACE = timedelta(seconds=8)
SECONDS = st.floats(-1e6, 1e6).map(lambda seconds: NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("used", "revoked", "left", "chain_left", "expected"),
    [
        (None, None, 60, 60, Verdict.ROTATE),
        (0, None, 60, 60, Verdict.REPEAT),
        (8, None, 60, 60, Verdict.REPEAT),
        (8.1, None, 60, 60, Verdict.REFUSE),
        (None, 1, 60, 60, Verdict.REFUSE),
        (1, 1, 60, 60, Verdict.REFUSE),
        (None, None, 0, 60, Verdict.REFUSE),
        (None, None, 60, 0, Verdict.REFUSE),
    ],
)
def test_refresh_is_judged(used, revoked, left, chain_left, expected):
    facts = RefreshFacts(
        expires_at=NOW + timedelta(seconds=left),
        chain_expires_at=NOW + timedelta(seconds=chain_left),
        used_at=None if used is None else NOW - timedelta(seconds=used),
        revoked_at=None if revoked is None else NOW - timedelta(seconds=revoked),
    )
    assert judge_refresh(facts, NOW, GRACE) is expected


@given(SECONDS, SECONDS, st.none() | SECONDS, st.none() | SECONDS, st.floats(0, 1e6))
def test_a_refused_token_never_works_again(expires, chain, used, revoked, later):
    facts = RefreshFacts(expires, chain, used, revoked)
    if judge_refresh(facts, NOW, GRACE) is Verdict.REFUSE:
        moment = NOW + timedelta(seconds=later)
        assert judge_refresh(facts, moment, GRACE) is Verdict.REFUSE
