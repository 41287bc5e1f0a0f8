"""The delays before restarts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deployment.backoff import Backoff

lives = st.lists(st.floats(min_value=0, max_value=100), max_size=60)


@given(lives)
def test_delays_stay_between_the_first_and_the_longest(lived: list[float]) -> None:
    backoff = Backoff(first_seconds=0.2, most_seconds=15.0)
    for seconds in lived:
        assert 0.2 <= backoff.after_exit(seconds) <= 15.0


@given(st.integers(min_value=1, max_value=2000))
def test_delays_never_shrink_while_a_child_keeps_dying(exits: int) -> None:
    backoff = Backoff()
    delays = [backoff.after_exit(0.0) for _ in range(exits)]
    assert delays == sorted(delays)
    assert delays[0] == backoff.first_seconds


@given(lives)
def test_a_child_that_lived_long_starts_afresh(lived: list[float]) -> None:
    backoff = Backoff()
    for seconds in lived:
        backoff.after_exit(seconds)
    assert backoff.after_exit(backoff.forgive_seconds) == backoff.first_seconds
