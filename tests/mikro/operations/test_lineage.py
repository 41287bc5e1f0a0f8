"""Where data came from is kept, and the one field of its kind is read."""

from __future__ import annotations

from lab import YX


async def test_derivations_and_anchors_are_kept(lab):
    source = await lab.array("raw")
    made = await lab.array(
        "smoothed",
        anchors=[
            {
                "axisAnchors": [],
                "label": {"label": "DAPI"},
                "acquisitionWindow": {"start": "2026-01-02T03:04:05Z"},
            }
        ],
        derivedFrom=[
            {
                "kind": "DATASET",
                "dataset": source["id"],
                "transform": {"kind": "IDENTITY"},
                "valueRelation": "TRANSFORMED",
            }
        ],
    )
    assert made["acquisitionStart"].startswith("2026-01-02T03:04:05")
    system = made["intrinsicSystem"]["id"]
    reached = await lab.get("GetCoordinateGraph", coordinateSystem=system)
    assert {one["id"] for one in reached["systems"]} == {system, source["intrinsicSystem"]["id"]}
    assert [edge["kind"] for edge in reached["transformations"]] == ["IDENTITY"]
    wrong = [{"kind": "DATASET", "lens": "1"}]
    store = await lab.array_store()
    codes = await lab.codes(
        "CreateArrayDataset",
        input={"data": store, "scales": [], "name": "x", "axes": YX, "derivedFrom": wrong},
    )
    assert codes == ["INVALID_INPUT"]
