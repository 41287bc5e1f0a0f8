"""Counts over rows, held against the same counts in Python."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from rowmaker import Rows

from mikro_server.models import Annotation, Folder, Organization
from mikro_server.selectors.statistics import series, totals

pytestmark = pytest.mark.django_db

START = datetime(2025, 12, 28, tzinfo=UTC)
FLOORS = {
    "hour": lambda one: one.replace(minute=0, second=0, microsecond=0),
    "day": lambda one: one.replace(hour=0, minute=0, second=0, microsecond=0),
    "week": lambda one: FLOORS["day"](one - timedelta(days=one.weekday())),
    "month": lambda one: FLOORS["day"](one.replace(day=1)),
    "quarter": lambda one: FLOORS["day"](one.replace(day=1, month=(one.month - 1) // 3 * 3 + 1)),
    "year": lambda one: FLOORS["day"](one.replace(day=1, month=1)),
}


@pytest.fixture
def made(mint):
    return Rows(mint.member(roles=["editor"]))


def dated(made, seed, count=12):
    """Folders at moments around the turn of a year; return ids by moment."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        moment = START + timedelta(seconds=chance.randrange(0, 120 * 86400))
        row = made.folder()
        Folder.objects.filter(pk=row.pk).update(created_at=moment)
        found.append((moment, row.pk))
    return found


@pytest.mark.parametrize("span", FLOORS)
@pytest.mark.parametrize("seed", range(2))
def test_each_span_counts_what_was_made_in_it(made, span, seed):
    rows = dated(made, seed)
    floors = [(FLOORS[span](moment), pk) for moment, pk in rows]
    counts = Counter(floor for floor, _ in floors)
    found = series(Folder.objects.all(), "created_at", span)
    assert [one["ts"] for one in found] == sorted(counts)
    for one in found:
        pks = [pk for floor, pk in floors if floor == one["ts"]]
        assert one["count"] == one["distinct_count"] == len(pks)
        assert (one["min"], one["max"], one["sum"]) == (min(pks), max(pks), sum(pks))
        assert one["avg"] == pytest.approx(sum(pks) / len(pks))
    assert sum(one["count"] for one in found) == totals(Folder.objects.all())["count"]


def test_the_order_of_the_rows_does_not_split_a_span(made):
    dated(made, 1)
    expected = series(Folder.objects.all(), "created_at", "year")
    for order in ("name", "-pk", "created_at"):
        assert series(Folder.objects.order_by(order), "created_at", "year") == expected


def test_totals_are_of_the_rows_that_are_left(made):
    pks = [made.folder(name).pk for name in ("a", "b", "a")]
    found = totals(Folder.objects.filter(name="a").order_by("name"))
    assert found == {
        "count": 2,
        "distinctCount": 2,
        "min": pks[0],
        "max": pks[2],
        "avg": (pks[0] + pks[2]) / 2,
        "sum": pks[0] + pks[2],
    }
    assert all(isinstance(found[name], float) for name in ("min", "max", "avg", "sum"))


def test_of_nothing_there_is_no_span_and_no_sum(made):
    assert series(Folder.objects.none(), "created_at", "day") == []
    assert series(Folder.objects.all(), "created_at", "day") == []
    empty = dict.fromkeys(("min", "max", "avg", "sum"))
    assert totals(Folder.objects.all()) == {"count": 0, "distinctCount": 0, **empty}


def test_ids_that_are_no_numbers_are_counted_and_not_added(made):
    rois = made.collection()
    for _ in range(3):
        made.shape(rois)
    empty = dict.fromkeys(("min", "max", "avg", "sum"))
    assert totals(Annotation.objects.all()) == {"count": 3, "distinctCount": 3, **empty}
    [one] = series(Annotation.objects.all(), "created_at", "year")
    assert (one["count"], one["sum"]) == (3, None)
    assert totals(Organization.objects.all())["sum"] is None
