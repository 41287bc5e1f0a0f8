"""Counters of attempts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from fakts_server.adapters.throttle import MemoryThrottle, failures, forgive, record_failure
from fakts_server.domain.throttle import Limit
from fakts_server.models.credential import FailureCount

WINDOW = timedelta(seconds=60)


def test_failures_count_within_their_window(db, now):
    assert [record_failure("login", "ada", WINDOW) for _ in range(3)] == [1, 2, 3]
    assert failures("login", "ada", WINDOW) == 3
    assert failures("code", "ada", WINDOW) == 0
    assert failures("login", "bob", WINDOW) == 0
    now.forward(60)
    assert failures("login", "ada", WINDOW) == 0
    assert record_failure("login", "ada", WINDOW) == 1


def test_a_success_forgives(db):
    record_failure("login", "ada", WINDOW)
    forgive("login", "ada")
    assert failures("login", "ada", WINDOW) == 0


def test_no_name_is_kept(db):
    record_failure("login", "ada", WINDOW)
    assert "ada" not in FailureCount.objects.get().subject


@pytest.mark.django_db(transaction=True)
def test_failures_at_once_are_all_counted():
    def fail(_):
        try:
            return record_failure("login", "ada", WINDOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(fail, range(12))) == list(range(1, 13))


def test_memory_is_bounded():
    throttle = MemoryThrottle()
    for number in range(10_100):
        throttle.allow(str(number), Limit(1, 60))
    assert len(throttle._buckets) == 10_000
    assert throttle.is_full("10099", Limit(1, 60))
    assert not throttle.is_full("0", Limit(1, 60))
