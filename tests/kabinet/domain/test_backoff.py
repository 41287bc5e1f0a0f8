"""Waiting after failures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet_server.domain.backoff import wait_seconds

DAY = 24 * 3600


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (1, 60), (2, 120), (5, 960), (30, DAY), (10**6, DAY)]
)
def test_the_wait_doubles_up_to_a_day(failures, seconds):
    assert wait_seconds(failures, 60) == seconds


@given(st.integers(1, 10**9), st.floats(0.1, 10**5))
def test_the_wait_never_shrinks_and_never_passes_a_day(failures, first):
    wait = wait_seconds(failures, first)
    assert min(first, DAY) <= wait <= DAY
    assert wait_seconds(failures + 1, first) >= wait
