"""Orphans: counted by page, removed only when the database knows them to be gone for long."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from lab import as_job

from chassis.clock import now
from chassis.objectstore.contract import ListPage
from mikro_server.jobs.hygiene import attend_orphans
from mikro_server.models import Store
from mikro_server.operations import orphans

LONG_AGO = timedelta(days=365)


async def sweep(**options) -> orphans.OrphanReport:
    return await as_job(orphans.orphans_sweep, **options)


async def attend() -> orphans.OrphanReport | None:
    return await as_job(orphans.orphans_attend)


@pytest.fixture
async def gone(lab) -> Store:
    """A store that was swept long ago, and written to once more after that."""
    row = await Store.objects.aget(pk=await lab.written_array())
    row.state, row.gone_at = "gone", now() - LONG_AGO
    await row.asave()
    return row


async def test_orphans_are_reported_and_only_known_ones_removed(lab, gone):
    await lab.array()
    await lab.objects.put(gone.bucket, "1/unheard-of/c/0", b"1234")
    await lab.objects.put(gone.bucket, f"{gone.key}-sibling/c/0", b"12")
    report = await sweep()
    assert {key for _, key in report.known.samples} == {
        f"{gone.key}/zarr.json",
        f"{gone.key}/c/0/0",
    }
    assert (report.unknown.objects, report.unknown.bytes, report.removed) == (2, 6, 0)
    before = len(lab.objects.objects)
    report = await sweep(dry_run=False)
    assert report.removed == 2
    assert len(lab.objects.objects) == before - 2
    again = await sweep()
    assert (again.known.objects, again.unknown.objects) == (0, 2)


@pytest.mark.parametrize("state", ["requested", "populated", "attached", "trashed"])
async def test_what_belongs_to_a_living_store_is_no_orphan(lab, gone, state):
    await Store.objects.filter(pk=gone.pk).aupdate(state=state)
    report = await sweep(dry_run=False)
    assert (report.known.objects, report.unknown.objects, report.removed) == (0, 0, 0)
    assert len(lab.objects.objects) == 2


async def test_what_a_living_grant_may_still_write_stays(lab, gone):
    await Store.objects.filter(pk=gone.pk).aupdate(gone_at=now())
    assert (await sweep(dry_run=False)).removed == 0
    assert len(lab.objects.objects) == 2


async def test_every_page_is_looked_at_while_things_are_removed(lab, gone, monkeypatch):
    for number in range(7):
        await lab.objects.put(gone.bucket, f"{gone.key}/d/{number}", b"x")
    whole = lab.objects.list

    async def small(bucket: str, prefix: str, **about: object) -> ListPage:
        return await whole(bucket, prefix, **about | {"limit": 2})

    monkeypatch.setattr(lab.objects, "list", small)
    assert (await sweep(dry_run=False)).removed == 9
    assert lab.objects.objects == {}


async def test_a_report_names_a_few_and_counts_all(lab, gone):
    for number in range(50):
        await lab.objects.put(gone.bucket, f"9/nobody/{number:03d}", b"xy")
    report = await sweep()
    assert (report.unknown.objects, report.unknown.bytes) == (50, 100)
    assert len(report.unknown.samples) == 20


async def test_the_configuration_says_what_is_done(lab, gone, configured, caplog):
    with caplog.at_level(logging.WARNING):
        report = await attend()
    assert report is not None
    assert report.removed == 0, "a dry run, unless an admin says otherwise"
    assert "2 objects of stores that are gone" in caplog.text
    configured(orphans={"attention": "off"})
    assert await attend() is None
    assert len(lab.objects.objects) == 2
    configured(orphans={"attention": "remove"})
    report = await attend()
    assert report is not None
    assert report.removed == 2
    assert lab.objects.objects == {}


@pytest.mark.django_db(transaction=True)
def test_the_job_says_nothing_where_there_is_nothing(caplog):
    attend_orphans.function()
    assert "orphans" not in caplog.text
