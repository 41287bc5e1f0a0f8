"""The leaky bucket."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fakts_server.domain.throttle import Bucket, Limit, pour

LIMIT = Limit(burst=5, seconds=60)


@given(st.lists(st.floats(0, 30), max_size=60))
def test_no_minute_sees_more_than_twice_the_burst(gaps):
    bucket, moment, passed = Bucket(), 0.0, []
    for gap in gaps:
        moment += gap
        bucket, allowed = pour(bucket, LIMIT, moment)
        if allowed:
            passed.append(moment)
    for start in passed:
        assert sum(start <= item <= start + 60 for item in passed) <= 2 * LIMIT.burst


def test_a_full_bucket_refuses_until_it_leaks():
    bucket = Bucket()
    for _ in range(5):
        bucket, allowed = pour(bucket, LIMIT, 0.0)
        assert allowed
    assert pour(bucket, LIMIT, 0.0)[1] is False
    assert pour(bucket, LIMIT, 11.9)[1] is False
    assert pour(bucket, LIMIT, 12.1)[1] is True


def test_a_refused_attempt_does_not_prolong_the_wait():
    bucket = Bucket(level=5, at=0.0)
    for moment in (1.0, 5.0, 11.0):
        bucket, allowed = pour(bucket, LIMIT, moment)
        assert allowed is False
    assert pour(bucket, LIMIT, 12.1)[1] is True
