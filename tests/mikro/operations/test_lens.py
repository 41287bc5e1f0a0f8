"""Lenses: one row a selection, cut by slices, by boxes, by windows."""

from __future__ import annotations

from lab import YX


async def test_lenses_are_found_or_made_once(lab, stranger):
    array = await lab.array("cells", (10, 64, 96), [{"name": "z", "type": "SPACE"}, *YX])
    cut = [{"axis": "x", "start": 10, "stop": 20}]
    first = await lab.get("CreateLens", input={"dataset": array["id"], "slices": cut})
    spelled = [{"axis": "x", "start": -86, "stop": 20, "step": 1}, {"axis": "y"}]
    again = await lab.get("CreateLens", input={"dataset": array["id"], "slices": spelled})
    assert again == first
    assert first["shape"] == [10, 64, 10]
    assert first["label"] == "cells · x[10:20]"
    deeper = [{"axis": "x", "start": 2, "stop": 8, "step": 2}]
    crop = await lab.get("CreateLens", input={"lens": first["id"], "slices": deeper})
    assert [(one["start"], one["stop"], one["step"]) for one in crop["slices"]] == [(12, 17, 2)]
    whole = await lab.get("GetFullLens", dataset=array["id"])
    assert whole["fullLens"]["shape"] == [10, 64, 96]
    everything = await lab.get("CreateLens", input={"dataset": array["id"]})
    assert everything["id"] == whole["fullLens"]["id"]
    sliced = await lab.get("GetDatasetLenses", dataset=array["id"], sliced=True)
    assert [one["id"] for one in sliced["lenses"]] == [first["id"], crop["id"]]
    read = await lab.get("GetLens", id=crop["id"])
    assert (read["__typename"], read["kind"]) == ("ArrayLens", "ARRAY")
    edges = await lab.get("GetTransformations", filters={"input": crop["coordinateSystem"]["id"]})
    assert edges[0]["__typename"] == "SequenceTransformation"
    assert edges[0]["steps"][0]["scale"] == [1, 1, 2]
    assert edges[0]["steps"][1]["translation"] == [0, 0, 12]
    assert [one["kind"] for one in await lab.get("GetLenses", filters={"kind": "ARRAY"})]
    found = await lab.get("SearchArrayLenses", search="x[10:20]")
    assert [one["value"] for one in found] == [first["id"]]
    named = await lab.get("UpdateLens", input={"id": first["id"], "name": "left"})
    assert named["name"] == "left"
    cleared = await lab.get("SetLensDefaultScene", input={"lens": first["id"]})
    assert cleared["defaultScene"] is None
    for name in ("SearchTableLenses", "SearchMeshLenses", "SearchNetworkLenses"):
        assert await lab.get(name, search="left") == []
    for name in ("SearchSparseLenses", "SearchAnnotationLenses"):
        assert await lab.get(name, search="left") == []
    await lab.get("DeleteLens", input={"id": crop["id"]})
    assert await lab.codes("GetLens", id=crop["id"]) == ["NOT_FOUND"]
    assert await lab.codes("DeleteLens", input={"id": everything["id"]}) == ["CONFLICT"]
    assert await stranger.codes("CreateLens", input={"dataset": array["id"]}) == ["NOT_FOUND"]
    nothing = [{"axis": "x", "start": 90, "stop": 10}]
    for slices in (nothing, [{"axis": "q"}], [{"axis": "x", "step": 0}]):
        codes = await lab.codes("CreateLens", input={"dataset": array["id"], "slices": slices})
        assert codes == ["INVALID_INPUT"]


async def test_a_box_in_physical_space_cuts_pixels(lab):
    array = await lab.array("cells")
    scale = {"kind": "SCALE", "scale": [0.5, 0.5]}
    space = await lab.space("stage", [{"dataset": array["id"], "transform": scale}])
    window = [{"axis": "x", "min": 10, "max": 20}]
    box = {"coordinateSystem": space["id"], "windows": window}
    lens = await lab.get("CreateLens", input={"dataset": array["id"], "box": box})
    assert lens["shape"] == [64, 21]
    assert [(one["axis"], one["start"], one["stop"]) for one in lens["slices"]] == [("x", 20, 41)]
    far = {"coordinateSystem": space["id"], "windows": [{"axis": "x", "min": 1000}]}
    codes = await lab.codes("CreateLens", input={"dataset": array["id"], "box": far})
    assert codes == ["INVALID_INPUT"]


#: What no test here can reach a happy end with, and why.
ABSENT = {"CreateMeshLens", "CreateNetworkLens", "CreateFixtureLens", "CreateSparseLens"}


async def test_what_nothing_makes_yet_is_absent(lab):
    for name in sorted(ABSENT):
        field = name.removeprefix("Create").removesuffix("Lens").lower()
        names = {"mesh": "meshCollection", "network": "networkCollection"}
        column = names.get(field, "sparseDataset" if field == "sparse" else field)
        assert await lab.codes(name, input={column: "1"}) == ["NOT_FOUND"]
