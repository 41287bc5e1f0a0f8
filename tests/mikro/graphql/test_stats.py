"""Statistics: counts in all and in each span of time, of what the caller may see."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mikro_server.models import File

STATS = """
query($filters: FileFilter) {
  filesStats(filters: $filters) {
    count distinctCount(field: PK) min(field: PK) max(field: PK) avg(field: PK) sum(field: PK)
  }
}
"""
SERIES = """
query($by: Granularity!) {
  filesStats {
    series(field: PK, timestampField: CREATED_AT, by: $by) { ts count distinctCount sum }
  }
}
"""


async def test_counts_are_of_what_is_there(lab):
    ids = [int((await lab.file(name))["id"]) for name in ("a", "b", "c")]
    found = (await lab.graphql(STATS, lab.member)).ok()["filesStats"]
    assert found == {
        "count": 3,
        "distinctCount": 3,
        "min": min(ids),
        "max": max(ids),
        "avg": sum(ids) / 3,
        "sum": sum(ids),
    }
    narrowed = (await lab.graphql(STATS, lab.member, filters={"search": "b"})).ok()
    assert narrowed["filesStats"]["count"] == 1


async def test_nothing_has_no_least_and_no_greatest(lab, stranger):
    await lab.file("ours")
    found = (await lab.graphql(STATS, stranger.member)).ok()["filesStats"]
    assert found == {
        "count": 0,
        "distinctCount": 0,
        "min": None,
        "max": None,
        "avg": None,
        "sum": None,
    }


async def test_a_series_has_a_bucket_for_each_span_in_which_something_was_made(lab):
    moments = [(2026, 1, 1, 5), (2026, 1, 1, 6), (2026, 1, 31, 6), (2026, 2, 1, 0), (2027, 1, 1, 0)]
    for moment in moments:
        made = await lab.file("f")
        when = datetime(*moment, tzinfo=UTC)
        await File.objects.filter(pk=made["id"]).aupdate(created_at=when)

    async def counts(by):
        data = (await lab.graphql(SERIES, lab.member, by=by)).ok()
        series = data["filesStats"]["series"]
        assert [one["ts"] for one in series] == sorted(one["ts"] for one in series)
        assert all(one["count"] == one["distinctCount"] for one in series)
        return [one["count"] for one in series]

    assert await counts("HOUR") == [1, 1, 1, 1, 1]
    assert await counts("DAY") == [2, 1, 1, 1]
    assert await counts("MONTH") == [3, 1, 1]
    assert await counts("QUARTER") == [4, 1]
    assert await counts("YEAR") == [4, 1]


@pytest.mark.parametrize(
    "noun",
    ["folders", "files", "arrayDatasets", "tableDatasets", "lenses", "coordinateSystems"],
)
async def test_every_noun_is_counted_for_its_organization_alone(lab, stranger, mint, noun):
    await lab.get("CreateFolder", input={"name": "x"})
    await lab.file("x")
    await lab.array("x")
    await lab.table("x")
    document = f"{{ {noun}Stats {{ count sum(field: PK) }} }}"
    ours = (await lab.graphql(document, lab.member)).ok()[f"{noun}Stats"]
    assert ours["count"] >= 1
    assert ours["sum"] >= 1
    theirs = (await lab.graphql(document, stranger.member)).ok()[f"{noun}Stats"]
    assert theirs == {"count": 0, "sum": None}
    roleless = mint.member(sub="9", roles=[])
    assert (await lab.graphql(document, roleless)).codes == ["PERMISSION_DENIED"]


async def test_shapes_have_ids_that_do_not_add_up(lab):
    rois = await lab.collection()
    await lab.shape(rois["id"])
    document = "{ annotationsStats { count sum(field: PK) max(field: PK) } }"
    found = (await lab.graphql(document, lab.member)).ok()["annotationsStats"]
    assert found == {"count": 1, "sum": None, "max": None}
