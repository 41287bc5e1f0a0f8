"""Metrics by GraphQL: what is recorded, corrected, found and removed."""

from __future__ import annotations

import math

import pytest

METRICS = """
query($filters: MetricFilter, $ordering: [MetricOrder!]! = [{key: ASC}],
      $page: OffsetPaginationInput) {
  metrics(filters: $filters, ordering: $ordering, pagination: $page) { key }
}
"""
ONE = """
query($id: ID!) {
  metric(id: $id) {
    key magnitude unit code uuid producerApp producerVersion descriptors creator { sub }
    supersedes { id } target { id identifier object uuid }
  }
}
"""


@pytest.fixture
def keys(lab):
    async def found(member=None, **variables):
        data = (await lab.graphql(METRICS, member or lab.member, **variables)).ok()
        return [one["key"] for one in data["metrics"]]

    return found


def about(made, structure="arraydataset"):
    return {"identifier": f"@mikro/{structure}", "object": made["id"]}


async def record(lab, target, key="area", **more):
    given = {"target": target, "key": key} | (more or {"magnitude": 1.0})
    return await lab.get("CreateMetric", input=given)


async def test_a_metric_tells_what_it_is_about_and_who_measured(lab):
    array = await lab.array()
    made = await record(lab, about(array), magnitude=24.5, unit="um^2")
    found = (await lab.graphql(ONE, lab.member, id=made["id"])).ok()["metric"]
    assert (found["key"], found["magnitude"], found["unit"]) == ("area", 24.5, "um^2")
    assert (found["code"], found["supersedes"]) == (None, None)
    assert (found["producerApp"], found["producerVersion"]) == ("org.example.test", "0.1.0")
    assert found["target"]["identifier"] == "@mikro/arraydataset"
    assert found["target"]["object"] == array["id"]
    assert found["creator"]["sub"] == "1"
    assert found["descriptors"]["@mikro/metric_key"] == "area"
    other = await record(lab, about(array), key="mean")
    again = (await lab.graphql(ONE, lab.member, id=other["id"])).ok()["metric"]
    assert again["target"] == found["target"]
    assert again["uuid"] != found["uuid"]


async def test_a_code_is_a_value_too(lab):
    array = await lab.array()
    made = await record(lab, about(array), key="stage", code="G2")
    found = (await lab.graphql(ONE, lab.member, id=made["id"])).ok()["metric"]
    assert (found["magnitude"], found["unit"], found["code"]) == (None, None, "G2")
    assert found["descriptors"]["@mikro/metric_code"] == "G2"


async def test_everything_kept_here_can_be_measured(lab, keys):
    array, rois = await lab.array(), await lab.collection()
    cut = [{"axis": "x", "start": 0, "stop": 4}]
    things = {
        "arraydataset": array,
        "tabledataset": await lab.table(),
        "file": await lab.file(),
        "folder": await lab.get("CreateFolder", input={"name": "x"}),
        "annotationcollection": rois,
        "annotation": await lab.shape(rois["id"]),
        "arraylens": await lab.get("CreateLens", input={"dataset": array["id"], "slices": cut}),
    }
    for structure, made in things.items():
        await record(lab, about(made, structure), key=structure)
    assert await keys() == sorted(things)
    for structure, made in things.items():
        found = await keys(filters={"target": about(made, structure)})
        assert found == [structure]
        assert await keys(filters={"targetIdentifier": f"@mikro/{structure}"}) == [structure]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"magnitude": None}, "magnitude"),
        ({"magnitude": 1.0, "code": "x"}, "magnitude"),
        ({"magnitude": None, "code": "x", "unit": "um"}, "unit"),
        ({"key": ""}, "key"),
        ({"key": "a\x01"}, "key"),
        ({"target": {"identifier": "@mikro/scene", "object": "1"}}, "target"),
        ({"target": {"identifier": "@other/thing", "object": "1"}}, "target"),
    ],
)
async def test_what_says_nothing_is_refused(lab, keys, change, field):
    array = await lab.array()
    given = {"target": about(array), "key": "area", "magnitude": 1.0} | change
    answer = await lab.ask("CreateMetric", input=given)
    assert answer.codes == ["INVALID_INPUT"]
    assert answer.errors[0]["extensions"]["field"] == field
    assert await keys() == []


async def test_a_number_without_an_end_is_refused(lab, keys):
    array = await lab.array()
    document = """
    mutation($t: MetricTargetInput!) {
      createMetric(input: {target: $t, key: "k", magnitude: 1e999}) { id }
    }
    """
    answer = await lab.graphql(document, lab.member, t=about(array))
    assert answer.errors
    assert await keys() == []
    assert math.isfinite((await record(lab, about(array), magnitude=1e308))["magnitude"])


async def test_metrics_are_recorded_all_or_none(lab, keys, stranger):
    array = await lab.array()
    good = {"target": about(array), "key": "b", "magnitude": 1.0}
    metrics = [good, {**good, "key": "a"}]
    made = await lab.get("CreateMetrics", input={"metrics": metrics})
    assert [one["key"] for one in made] == ["b", "a"]
    bad = {**good, "target": {"identifier": "@mikro/arraydataset", "object": "999999"}}
    assert await lab.codes("CreateMetrics", input={"metrics": [good, bad]}) == ["NOT_FOUND"]
    assert await lab.codes("CreateMetrics", input={"metrics": []}) == ["INVALID_INPUT"]
    assert await stranger.codes("CreateMetrics", input={"metrics": [good]}) == ["NOT_FOUND"]
    assert await keys() == ["a", "b"]


async def test_a_correction_stands_on_what_it_corrects(lab, keys):
    array, other = await lab.array(), await lab.array()
    first = await record(lab, about(array), magnitude=1.0)
    second = await record(lab, about(array), magnitude=2.0, supersedes=first["id"])
    given = {"target": about(array), "key": "area", "magnitude": 3.0, "supersedes": first["id"]}
    assert await lab.codes("CreateMetric", input=given) == ["CONFLICT"]
    elsewhere = {**given, "target": about(other), "supersedes": second["id"]}
    assert await lab.codes("CreateMetric", input=elsewhere) == ["INVALID_INPUT"]
    renamed = {**given, "key": "mean", "supersedes": second["id"]}
    assert await lab.codes("CreateMetric", input=renamed) == ["INVALID_INPUT"]
    absent = {**given, "supersedes": "999999"}
    assert await lab.codes("CreateMetric", input=absent) == ["NOT_FOUND"]
    assert len(await keys(filters={"isCorrection": True})) == 1
    assert len(await keys(filters={"isCorrection": False})) == 1
    assert await lab.codes("DeleteMetric", input={"id": first["id"]}) == ["CONFLICT"]
    await lab.get("DeleteMetric", input={"id": second["id"]})
    await lab.get("DeleteMetric", input={"id": first["id"]})
    assert await keys() == []


async def test_metrics_are_narrowed_ordered_and_paged(lab, keys):
    array = await lab.array()
    made = {key: await record(lab, about(array), key=key) for key in ("area", "mean", "max")}
    await record(lab, about(array), key="stage", code="G2")
    need = [{"key": "@mikro/metric_code", "operator": "EQUALS", "value": "G2"}]
    cases = {
        "search": ({"search": "MA"}, ["max"]),
        "key": ({"key": {"startsWith": "m"}}, ["max", "mean"]),
        "ids": ({"ids": [made["area"]["id"], "x"]}, ["area"]),
        "id": ({"id": made["mean"]["id"]}, ["mean"]),
        "requires": ({"requires": need}, ["stage"]),
        "not": ({"NOT": {"key": {"startsWith": "m"}}}, ["area", "stage"]),
    }
    for what, (filters, expected) in cases.items():
        assert await keys(filters=filters) == expected, what
    assert await keys(ordering=[{"createdAt": "DESC"}]) == ["stage", "max", "mean", "area"]
    assert await keys(page={"offset": 1, "limit": 2}) == ["max", "mean"]


async def test_metrics_are_removed_by_who_recorded_them(lab, stranger, mint):
    array = await lab.array()
    eve = lab.as_(mint.member(sub="3", roles=["bot"], preferred_username="eve"))
    made = await record(eve, about(array))
    gone = {"input": {"id": made["id"]}}
    assert await stranger.codes("DeleteMetric", **gone) == ["NOT_FOUND"]
    other = lab.as_(mint.member(sub="4", roles=["editor"], preferred_username="oto"))
    assert await other.codes("DeleteMetric", **gone) == ["PERMISSION_DENIED"]
    viewer = lab.as_(mint.member(sub="3", roles=["viewer"], preferred_username="eve"))
    assert await viewer.codes("DeleteMetric", **gone) == ["PERMISSION_DENIED"]
    await eve.get("DeleteMetric", **gone)
