"""Shapes: drawn, moved, cut to, thrown away."""

from __future__ import annotations


async def test_annotations_are_drawn_changed_and_cut_to(lab, stranger):
    array = await lab.array("cells")
    source = {"kind": "DATASET", "dataset": array["id"], "transform": {"kind": "IDENTITY"}}
    rois = await lab.collection("rois", derivedFrom=[source])
    drawn = await lab.shape(rois["id"], name="nucleus", strokeColor=[255, 0, 0, 255])
    assert drawn["intrinsicBbox"]["max"] == [5, 8]
    assert [axis["name"] for axis in drawn["coordinateSystem"]["axes"]] == ["y", "x"]
    lens = await lab.get("CreateLens", input={"dataset": array["id"], "annotation": drawn["id"]})
    assert lens["shape"] == [5, 7]
    specs = [{"kind": "POINT", "vectors": [[n, n]]} for n in (3, 1, 2)]
    many = await lab.get(
        "CreateAnnotations", input={"collection": rois["id"], "annotations": specs}
    )
    assert [one["vectors"][0][0] for one in many] == [3, 1, 2]
    moved = await lab.get(
        "UpdateAnnotation",
        input={"id": drawn["id"], "vectors": [[0, 0], [1, 1]], "name": "moved"},
    )
    assert (moved["name"], moved["intrinsicBbox"]["max"]) == ("moved", [1, 1])
    assert await lab.get("GetAnnotation", id=drawn["id"]) == moved
    found = await lab.get("GetAnnotations", filters={"collection": rois["id"], "kind": "POINT"})
    assert len(found) == 3
    points = [{"key": "@mikro/annotation_kind", "operator": "EQUALS", "value": "POINT"}]
    assert len(await lab.get("SearchAnnotations", requires=points)) == 3
    assert [one["label"] for one in await lab.get("SearchAnnotationCollections", search="ro")]
    assert len(await lab.get("GetAnnotationCollections", filters={"dataset": array["id"]})) == 1
    whole = await lab.get("CreateAnnotationLens", input={"annotationCollection": rois["id"]})
    assert (whole["kind"], whole["windows"]) == ("ANNOTATION", [])
    await lab.get("DeleteAnnotation", input={"id": many[0]["id"]})
    read = await lab.get("GetAnnotationCollection", id=rois["id"])
    assert len(read["annotations"]) == 3
    assert await stranger.codes("GetAnnotation", id=drawn["id"]) == ["NOT_FOUND"]
    wrong = {"kind": "POLYGON", "vectors": [[1, 2]], "collection": rois["id"]}
    assert await lab.codes("CreateAnnotation", input=wrong) == ["INVALID_INPUT"]
    deep = {"kind": "POINT", "vectors": [[1, 2, 3]], "collection": rois["id"]}
    assert await lab.codes("CreateAnnotation", input=deep) == ["INVALID_INPUT"]
    assert await lab.codes("CreateAnnotation", input={**deep, "collection": None}) == [
        "INVALID_INPUT"
    ]
    await lab.get("DeleteAnnotationCollection", input={"id": rois["id"]})
    assert await lab.codes("GetAnnotation", id=drawn["id"]) == ["NOT_FOUND"]
