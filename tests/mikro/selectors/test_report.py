"""The storage report and usage: sums of rows, held against the rows themselves."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from rowmaker import Rows

from chassis.errors import PermissionDenied, Unauthenticated
from mikro_server.domain.store_state import StoreState
from mikro_server.models import Store
from mikro_server.selectors import report

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HELD = ["populated", "attached", "trashed"]


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(report, "now", lambda: NOW)


@pytest.fixture
def admin(mint):
    return Rows(mint.member(roles=["admin"], preferred_username="ada"))


@pytest.fixture
def colleague(mint):
    return Rows(mint.member(sub="9", roles=["editor"], preferred_username="eve"))


@pytest.fixture
def foreign(mint):
    return Rows(mint.member(org="77", sub="77", roles=["admin"]))


def aged(store, age):
    Store.objects.filter(pk=store.pk).update(created_at=NOW - age)
    return store


def lines(rows):
    return {
        (
            one["creator__preferred_username"],
            one["kind"],
            one["state"],
            one["age"],
        ): (one["stored_bytes"], one["stores"])
        for one in report.storage_report(rows.principal)
    }


@pytest.mark.parametrize(
    ("age", "named"),
    [
        (timedelta(0), "30 days"),
        (timedelta(days=30), "30 days"),
        (timedelta(days=30, seconds=1), "1 year"),
        (timedelta(days=365), "1 year"),
        (timedelta(days=365, seconds=1), "older"),
        (timedelta(days=3650), "older"),
    ],
)
def test_an_age_belongs_to_one_line(admin, age, named):
    aged(admin.store(5), age)
    assert lines(admin) == {("ada", "zarr", "attached", named): (5, 1)}


@pytest.mark.parametrize("state", list(StoreState))
def test_what_is_held_counts_and_nothing_else(admin, state):
    aged(admin.store(7, state=state.value), timedelta(1))
    expected = {("ada", "zarr", state.value, "30 days"): (7, 1)} if state.value in HELD else {}
    assert lines(admin) == expected
    mine = report.usage_of(admin.principal)
    assert mine == {"stored_bytes": 7 * len(expected), "stores": len(expected)}


def test_lines_add_up_to_every_store_once_the_largest_first(admin, colleague):
    whole = 0
    kinds, ages = ["zarr", "bigfile", "parquet"], [timedelta(1), timedelta(100), timedelta(1000)]
    for number, (rows, kind, state, age) in enumerate(
        itertools.product([admin, colleague], kinds, HELD, ages), 1
    ):
        aged(rows.store(number, kind, state=state), age)
        whole += number
    aged(admin.store(1000, "zarr", state="attached"), timedelta(2))
    found = lines(admin)
    assert len(found) == 54
    assert sum(size for size, _ in found.values()) == whole + 1000
    assert sum(stores for _, stores in found.values()) == 55
    sizes = [size for size, _ in found.values()]
    assert sizes == sorted(sizes, reverse=True)
    assert found["ada", "zarr", "attached", "30 days"][1] == 2


def test_a_store_whose_size_nobody_knows_is_counted_without_bytes(admin):
    aged(admin.store(None, state="populated"), timedelta(1))
    [size, stores] = lines(admin)["ada", "zarr", "populated", "30 days"]
    assert (size or 0, stores) == (0, 1)
    assert report.usage_of(admin.principal) == {"stored_bytes": 0, "stores": 1}


@pytest.mark.parametrize("roles", [["viewer"], ["editor"], ["bot"], []])
def test_only_an_admin_reads_what_everybody_keeps(admin, mint, roles):
    admin.store(5)
    with pytest.raises(PermissionDenied):
        report.storage_report(mint.member(roles=roles).principal)
    with pytest.raises(Unauthenticated):
        report.storage_report(None)


def test_each_reads_their_own_house_and_their_own_usage(admin, colleague, foreign):
    for rows, size in ((admin, 1), (colleague, 10), (foreign, 100)):
        aged(rows.store(size), timedelta(1))
    assert {key[0]: size for key, (size, _) in lines(admin).items()} == {"ada": 1, "eve": 10}
    assert sum(size for size, _ in lines(foreign).values()) == 100
    for rows, size in ((admin, 1), (colleague, 10), (foreign, 100)):
        assert report.usage_of(rows.principal) == {"stored_bytes": size, "stores": 1}


def test_a_folder_holds_every_level_and_every_kind_directly_in_it(admin, colleague):
    folder, inner = admin.folder(), admin.folder()
    inner.parent = folder
    inner.save()
    array = admin.array(folder=folder)
    for level, size in enumerate((64, 16, 4)):
        admin.level(array, level, size)
    admin.table(size=100, folder=folder)
    colleague.file(size=1000, folder=folder)
    admin.file(size=5000, folder=inner)
    admin.file(size=7000)
    held = report.usage_of(admin.principal, folder)
    assert held == {"stored_bytes": 64 + 16 + 4 + 100 + 1000, "stores": 5}
    assert report.usage_of(admin.principal, inner) == {"stored_bytes": 5000, "stores": 1}
    assert report.usage_of(admin.principal, admin.folder()) == {"stored_bytes": 0, "stores": 0}


def test_a_folder_of_others_holds_nothing_for_us(admin, foreign):
    theirs = foreign.folder()
    foreign.file(size=5, folder=theirs)
    assert report.usage_of(admin.principal, theirs)["stores"] == 0
    assert report.usage_of(foreign.principal, theirs)["stores"] == 1
