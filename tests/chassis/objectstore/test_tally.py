"""The limit of a grant: never passed, whatever is written, freed and tried at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.objectstore.contract import GrantScope, Mode
from chassis.objectstore.front import quota
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.quota import Tally
from chassis.objectstore.tokens import Claims


def claims(limit: int | None, name: str = "one") -> Claims:
    scope = GrantScope(bucket="b", prefix="o/s", mode=Mode.WRITE, max_bytes=limit)
    return Claims(name, scope, 0)


def fault(call) -> str:
    with pytest.raises(Fault) as caught:
        call()
    return caught.value.code


@given(st.integers(0, 100), st.lists(st.tuples(st.booleans(), st.integers(0, 60)), max_size=30))
def test_what_is_kept_never_passes_the_limit(limit, steps):
    tally, kept = Tally(lambda scope: 0), 0
    for frees, size in steps:
        if frees:
            size = min(size, kept)
            tally.release(claims(limit), size)
            kept -= size
            continue
        try:
            tally.reserve(claims(limit), size)
        except Fault as refused:
            assert kept + size > limit
            assert refused.code in {"QuotaExceeded", "EntityTooLarge"}
            continue
        kept += size
        assert kept <= limit


def test_what_lies_there_already_counts():
    measured = []
    tally = Tally(lambda scope: measured.append(scope) or 70)
    assert fault(lambda: tally.reserve(claims(100), 31)) == "QuotaExceeded"
    tally.reserve(claims(100), 30)
    assert fault(lambda: tally.reserve(claims(100), 1)) == "QuotaExceeded"
    assert len(measured) == 1


def test_an_object_larger_than_the_whole_limit_is_told_so():
    tally = Tally(lambda scope: pytest.fail("nothing needs to be measured for that"))
    assert fault(lambda: tally.reserve(claims(100), 101)) == "EntityTooLarge"


def test_grants_have_limits_of_their_own():
    tally = Tally(lambda scope: 0)
    tally.reserve(claims(10, "one"), 10)
    tally.reserve(claims(10, "two"), 10)
    assert fault(lambda: tally.reserve(claims(10, "one"), 1)) == "QuotaExceeded"


def test_without_a_limit_nothing_is_counted():
    tally = Tally(lambda scope: pytest.fail("not measured"))
    tally.reserve(claims(None), 10**15)
    tally.reserve(Claims("service", None, 0), 10**15)
    tally.release(claims(None), 5)


def test_freeing_more_than_was_written_frees_no_more_than_that():
    tally = Tally(lambda scope: 0)
    tally.reserve(claims(10), 4)
    tally.release(claims(10), 100)
    tally.reserve(claims(10), 10)
    assert fault(lambda: tally.reserve(claims(10), 1)) == "QuotaExceeded"


def test_writers_at_once_do_not_pass_the_limit_together():
    tally, start = Tally(lambda scope: 0), threading.Barrier(8)

    def write(_: int) -> int:
        start.wait()
        done = 0
        for _ in range(50):
            try:
                tally.reserve(claims(100), 1)
            except Fault:
                continue
            done += 1
        return done

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 100


def test_the_oldest_grants_are_measured_again_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(quota, "_GRANTS", 2)
    measured = []
    tally = Tally(lambda scope: measured.append(scope) or 0)
    for name in ("one", "two", "three", "one"):
        tally.reserve(claims(10, name), 1)
    assert len(measured) == 4


def test_what_nobody_can_tell_is_measured_before_a_write_is_refused():
    lies_there = [0]
    tally = Tally(lambda scope: lies_there[0])
    tally.reserve(claims(100), 60)
    tally.settle(claims(100), 60)
    lies_there[0] = 60
    tally.reserve(claims(100), 40)
    tally.settle(claims(100), 40)
    # The second took the place of an object of unknown size.
    tally.release(claims(100), None)
    lies_there[0] = 40
    tally.reserve(claims(100), 60)
    tally.settle(claims(100), 60)
    lies_there[0] = 100
    assert fault(lambda: tally.reserve(claims(100), 1)) == "QuotaExceeded"


def test_without_a_doubt_a_refusal_measures_nothing():
    measured = []
    tally = Tally(lambda scope: measured.append(scope) or 0)
    tally.reserve(claims(10), 10)
    for _ in range(3):
        assert fault(lambda: tally.reserve(claims(10), 1)) == "QuotaExceeded"
    assert len(measured) == 1


def test_what_is_under_way_counts_though_it_is_not_measured_yet():
    tally = Tally(lambda scope: 0)
    tally.reserve(claims(100), 90)
    tally.release(claims(100), None)
    assert fault(lambda: tally.reserve(claims(100), 11)) == "QuotaExceeded"
    tally.reserve(claims(100), 10)
    for size in (90, 10):
        tally.settle(claims(100), size)
    # Neither was kept, which measuring shows.
    tally.reserve(claims(100), 100)
