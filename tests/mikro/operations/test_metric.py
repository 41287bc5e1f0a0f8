"""Metrics: recorded, corrected, searched."""

from __future__ import annotations


async def test_metrics_are_recorded_and_corrected(lab, stranger):
    array = await lab.array("cells")
    target = {"identifier": "@mikro/arraydataset", "object": array["id"]}
    given = {"target": target, "key": "suite/count", "magnitude": 4.5, "unit": "um"}
    first = await lab.get("CreateMetric", input=given)
    assert (first["target"]["object"], first["producerApp"]) == (array["id"], "org.example.test")
    fixed = await lab.get("CreateMetric", input={**given, "supersedes": first["id"]})
    assert fixed["supersedes"]["id"] == first["id"]
    assert await lab.codes("CreateMetric", input={**given, "supersedes": first["id"]}) == [
        "CONFLICT"
    ]
    assert await lab.codes("DeleteMetric", input={"id": first["id"]}) == ["CONFLICT"]
    code = {"target": target, "key": "suite/class", "code": "mitotic"}
    await lab.get("CreateMetrics", input={"metrics": [code, {**code, "key": "suite/other"}]})
    listed = await lab.get("ListMetrics", filters={"target": target})
    assert len(listed) == 4
    assert await lab.get("GetMetric", id=fixed["id"]) == fixed
    mitotic = [{"key": "@mikro/metric_code", "operator": "IN", "value": ["mitotic"]}]
    assert len(await lab.get("SearchMetrics", requires=mitotic)) == 2
    assert await lab.codes("CreateMetric", input={**code, "magnitude": 1}) == ["INVALID_INPUT"]
    assert await stranger.codes("CreateMetric", input=code) == ["NOT_FOUND"]
    await lab.get("DeleteMetric", input={"id": fixed["id"]})
