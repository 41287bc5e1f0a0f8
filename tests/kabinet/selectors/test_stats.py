"""Numbers over times, held against the same numbers in Python."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from crowd import crowd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kabinet_server.models import GithubRepo
from kabinet_server.selectors.stats import series, summary

START = datetime(2026, 1, 1, tzinfo=UTC)
#: The start of the stretch a moment is in, by the name of its length.
STARTS = {
    "hour": lambda at: at.replace(minute=0, second=0, microsecond=0),
    "day": lambda at: at.replace(hour=0, minute=0, second=0, microsecond=0),
    "week": lambda at: STARTS["day"](at) - timedelta(days=at.weekday()),
    "month": lambda at: STARTS["day"](at).replace(day=1),
    "quarter": lambda at: STARTS["month"](at).replace(month=(at.month - 1) // 3 * 3 + 1),
    "year": lambda at: STARTS["month"](at).replace(month=1),
}
MOMENTS = st.integers(0, 800 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@pytest.fixture
def repos(db):
    crowd(1)
    GithubRepo.objects.all().delete()

    def write(moments):
        GithubRepo.objects.all().delete()
        rows = GithubRepo.objects.bulk_create(
            GithubRepo(organization_id="1", name="a", user="a", repo=str(number), branch="main")
            for number in range(len(moments))
        )
        for row, moment in zip(rows, moments, strict=True):
            row.created_at = moment
        GithubRepo.objects.bulk_update(rows, ["created_at"])
        return GithubRepo.objects.order_by()

    return write


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moments=st.lists(MOMENTS, max_size=8), name=st.sampled_from(sorted(STARTS)))
def test_the_numbers_are_those_of_the_times(repos, moments, name):
    rows = repos(moments)
    seconds = [moment.timestamp() for moment in moments]
    found = summary(rows, "created_at")
    assert found["distinct_count"] == len(set(moments))
    assert found["max"] == max(seconds, default=None)
    assert found["min"] == min(seconds, default=None)
    if seconds:
        assert found["sum"] == pytest.approx(sum(seconds))
        assert found["avg"] == pytest.approx(sum(seconds) / len(seconds))
    else:
        assert (found["sum"], found["avg"]) == (None, None)
    buckets = series(rows, "created_at", "created_at", name)
    expected = Counter(STARTS[name](moment) for moment in moments)
    assert [(one["ts"], one["count"]) for one in buckets] == sorted(expected.items())
    for one in buckets:
        inside = {moment for moment in moments if STARTS[name](moment) == one["ts"]}
        assert one["distinct_count"] == len(inside)
        assert one["max"] == max(inside).timestamp()
        assert one["min"] == min(inside).timestamp()


def test_no_rows_are_no_numbers_and_no_stretches(repos):
    rows = repos([])
    empty = {"distinct_count": 0, "max": None, "min": None, "avg": None, "sum": None}
    assert summary(rows, "created_at") == empty
    assert series(rows, "created_at", "created_at", "day") == []
