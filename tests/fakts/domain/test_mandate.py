"""The ceilings of a mandate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakts_server.domain.mandate import (
    Claim,
    Pin,
    admitted_requirements,
    is_live,
    narrow_scopes,
    refusal,
)
from fakts_server.domain.requirement import Requirement

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REKUEST = Requirement("rekuest", "live.arkitekt.rekuest")
MIKRO = Requirement("mikro", "live.arkitekt.mikro", optional=True)
CLAIM = Claim("org.example.app", "1.0", "device", (REKUEST, MIKRO))
SCOPES = st.lists(st.sampled_from(["openid", "read", "write", "admin", "x"]))


@pytest.mark.parametrize(
    ("pin", "admitted"),
    [
        (Pin(), True),
        (Pin(identifier="org.example.app", version="1.0", device="device"), True),
        (Pin(identifier="org.example.other"), False),
        (Pin(version="1.1"), False),
        (Pin(device="another"), False),
        (Pin(requirements=frozenset({("rekuest", "live.arkitekt.rekuest")})), True),
        (Pin(requirements=frozenset({("rekuest", "live.arkitekt.other")})), False),
        (Pin(requirements=frozenset()), False),
    ],
)
def test_a_pin_admits_or_says_why_not(pin, admitted):
    assert (refusal(pin, CLAIM) is None) is admitted


def test_optional_requirements_beyond_the_pin_fall_away():
    pin = Pin(requirements=frozenset({("rekuest", "live.arkitekt.rekuest")}))
    assert admitted_requirements(pin, CLAIM) == [REKUEST]
    assert admitted_requirements(Pin(), CLAIM) == [REKUEST, MIKRO]


@pytest.mark.parametrize(
    ("revoked", "expires", "live"),
    [(None, None, True), (NOW, None, False), (None, 1, True), (None, 0, False), (None, -1, False)],
)
def test_a_mandate_lives_until_it_expires_or_is_withdrawn(revoked, expires, live):
    end = None if expires is None else NOW + timedelta(seconds=expires)
    assert is_live(revoked, end, NOW) is live


@given(SCOPES, st.sets(st.sampled_from(["openid", "read", "write"])), st.none() | SCOPES)
def test_scopes_only_ever_narrow(asked, known, ceiling):
    granted = narrow_scopes(asked, known, ceiling)
    assert set(granted) <= set(asked) & known
    assert ceiling is None or set(granted) <= set(ceiling)
    assert len(granted) == len(set(granted))
