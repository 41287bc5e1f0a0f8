"""Every document of areas A and B and of tables, sent as the released client sends it."""

from __future__ import annotations

from lab import YX

#: What no test here can reach a happy end with, and why.
ABSENT = {"CreateMeshLens", "CreateNetworkLens", "CreateFixtureLens", "CreateSparseLens"}


async def test_folders_tree_history_and_search(lab, stranger):
    root = await lab.get("CreateFolder", input={"name": "2026"})
    child = await lab.get("EnsureFolder", input={"name": "May", "parent": root["id"]})
    again = await lab.get("EnsureFolder", input={"name": "May", "parent": root["id"]})
    assert again == child
    assert child["parent"] == {"id": root["id"], "name": "2026", "__typename": "Folder"}
    loop = {"id": root["id"], "name": "2026", "parent": child["id"]}
    assert await lab.codes("UpdateFolder", input=loop) == ["CONFLICT"]
    renamed = await lab.get("UpdateFolder", input={"id": child["id"], "name": "June"})
    assert (renamed["name"], renamed["parent"]["id"]) == ("June", root["id"])
    history = "query($id: ID!) { folder(id: $id) { provenanceEntries { id kind user { sub } } } }"
    entries = (await lab.graphql(history, lab.member, id=child["id"])).ok()["folder"]
    first = sorted(entries["provenanceEntries"], key=lambda one: int(one["id"]))[0]
    assert (first["kind"], first["user"]["sub"]) == ("CREATE", "1")
    back = await lab.get("RevertFolder", input={"id": child["id"], "historyId": first["id"]})
    assert back["name"] == "May"
    assert [one["label"] for one in await lab.get("SearchFolders", search="MA")] == ["May"]
    assert await stranger.codes("GetFolder", id=root["id"]) == ["NOT_FOUND"]
    foreign = {"name": "x", "parent": root["id"]}
    assert await stranger.codes("CreateFolder", input=foreign) == ["NOT_FOUND"]
    assert await stranger.get("SearchFolders", values=[root["id"]]) == []


async def test_files_are_made_of_uploads(lab, stranger):
    made = await lab.file("scan.czi", b"x" * 1000)
    assert await lab.get("GetFile", id=made["id"]) == made
    assert [one["value"] for one in await lab.get("SearchFiles", search="SCAN")] == [made["id"]]
    grant = await lab.get("RequestBigfileAccess", input={"storeId": made["store"]["id"]})
    assert (grant["bucket"], grant["key"]) == (made["store"]["bucket"], made["store"]["key"])
    assert await stranger.codes("GetFile", id=made["id"]) == ["NOT_FOUND"]
    taken = {"storeId": made["store"]["id"]}
    assert await stranger.codes("RequestBigfileAccess", input=taken) == ["NOT_FOUND"]
    array = await lab.array()
    export = [{"kind": "DATASET", "dataset": array["id"]}]
    await lab.file("export.tif", exportOf=export)
    unlinked = "{ files(filters: {unlinked: true}) { name } }"
    found = (await lab.graphql(unlinked, lab.member)).ok()["files"]
    assert [one["name"] for one in found] == ["scan.czi"]


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


async def test_spaces_and_edges(lab, stranger):
    array = await lab.array("cells")
    system = array["intrinsicSystem"]["id"]
    space = await lab.space("stage")
    given = {"input": system, "output": space["id"]}
    scale = {**given, "transform": {"kind": "SCALE", "scale": [2, 3]}, "validity": "INFERRED"}
    edge = await lab.get("CreateTransformation", input=scale)
    assert (edge["__typename"], edge["scale"], edge["version"]) == (
        "ScaleTransformation",
        [2, 3],
        1,
    )
    finer = await lab.get("UpdateTransformation", input={"id": edge["id"], "scale": [4, 5]})
    assert (finer["scale"], finer["version"]) == ([4, 5], 2)
    shapes = {
        "IdentityTransformation": {"kind": "IDENTITY"},
        "TranslationTransformation": {"kind": "TRANSLATION", "translation": [1, 2]},
        "AffineTransformation": {"kind": "AFFINE", "affine": [[1, 0, 3], [0, 2, 4]]},
        "RotationTransformation": {"kind": "ROTATION", "affine": [[0, 1, 0], [-1, 0, 0]]},
        "MapAxisTransformation": {
            "kind": "MAP_AXIS",
            "inputAxes": ["x", "y"],
            "outputAxes": ["y", "x"],
        },
        "UnmappableTransformation": {"kind": "UNMAPPABLE", "reason": "other sample"},
        "ByDimensionTransformation": {
            "kind": "BY_DIMENSION",
            "parts": [
                {"kind": "SCALE", "inputAxes": ["x"], "outputAxes": ["x"], "scale": [2]},
                {
                    "kind": "FIELD",
                    "inputAxes": ["y", "x"],
                    "outputAxes": ["y"],
                    "field": {"system": system},
                },
            ],
        },
    }
    for name, transform in shapes.items():
        made = await lab.get("CreateTransformation", input={**given, "transform": transform})
        assert made["__typename"] == name
        assert await lab.get("GetTransformation", id=made["id"]) == made
    assert made["parts"][1]["field"]["field"]["id"] == system
    for wrong in (
        {"kind": "SCALE", "scale": [2]},
        {"kind": "SCALE", "scale": [2, 0]},
        {"kind": "IDENTITY", "scale": [2, 2]},
        {"kind": "ROTATION", "affine": [[2, 0, 0], [0, 1, 0]]},
        {"kind": "MAP_AXIS", "inputAxes": ["q"], "outputAxes": ["x"]},
        {"kind": "BY_DIMENSION", "parts": []},
    ):
        codes = await lab.codes("CreateTransformation", input={**given, "transform": wrong})
        assert codes == ["INVALID_INPUT"], wrong
    back = {"input": space["id"], "output": system, "transform": {"kind": "IDENTITY"}}
    await lab.get("CreateTransformation", input=back)  # a loop; the walk ends all the same
    walked = await lab.get("GetCoordinateGraph", coordinateSystem=system)
    assert (len(walked["systems"]), len(walked["transformations"])) == (2, 9)
    near = await lab.get("GetCoordinateGraph", coordinateSystem=system, maxDepth=0)
    assert (near["root"]["id"], len(near["systems"])) == (system, 1)
    assert await lab.codes("DeleteCoordinateSystem", input={"id": space["id"]}) == ["CONFLICT"]
    assert await lab.codes("DeleteCoordinateSystem", input={"id": system}) == ["CONFLICT"]
    await lab.get("DeleteTransformation", input={"id": edge["id"]})
    removed = await lab.get(
        "DeleteRegistration", input={"dataset": array["id"], "world": space["id"]}
    )
    assert len(removed) == 6
    assert await lab.get("ClearCoordinateSystem", input={"id": space["id"]}) == []
    changed = await lab.get(
        "UpdateCoordinateSystem", input={"id": space["id"], "reference": "slide 4"}
    )
    assert (changed["reference"], changed["referenceApp"]) == ("slide 4", "org.example.test")
    assert await lab.get("GetCoordinateSystem", id=space["id"]) == changed
    assert [
        one["id"] for one in await lab.get("GetCoordinateSystems", filters={"reference": "slide 4"})
    ]
    assert [one["label"] for one in await lab.get("SearchCoordinateSystems", search="STAGE")]
    assert await stranger.codes("CreateTransformation", input=scale) == ["NOT_FOUND"]


async def test_tables_are_held_against_their_file(lab, stranger):
    made = await lab.table()
    assert made["axisNames"] == ["x", "y"]
    assert [(one["name"], one["role"]) for one in made["columns"]] == [
        ("x", "COORDINATE"),
        ("y", "COORDINATE"),
        ("area", "ATTRIBUTE"),
    ]
    assert await lab.get("GetTableDataset", id=made["id"]) == made
    assert len(await lab.get("GetTableDatasets", filters={"spec": ["POINTS_2D"]})) == 1
    window = [{"axis": "x", "min": 1, "max": 2}]
    lens = await lab.get("CreateTableLens", input={"tableDataset": made["id"], "windows": window})
    again = await lab.get("CreateTableLens", input={"tableDataset": made["id"], "windows": window})
    assert again == lens
    narrower = [{"axis": "x", "min": 1.5}]
    inner = await lab.get("CreateTableLens", input={"lens": lens["id"], "windows": narrower})
    assert inner["windows"][0]["min"] == 1.5
    assert inner["windows"][0]["max"] == 2
    renamed = await lab.get("UpdateTableDataset", input={"id": made["id"], "name": "dots"})
    assert renamed["name"] == "dots"
    store = await lab.table_store([("a", "BIGINT"), ("b", "VARCHAR")])
    given = {"name": "t", "data": store}
    for columns in (
        [{"name": "a", "dtype": "BIGINT"}],
        [{"name": "b"}, {"name": "a"}],
        [{"name": "a", "dtype": "DOUBLE"}, {"name": "b"}],
    ):
        codes = await lab.codes("CreateTableDataset", input={**given, "columns": columns})
        assert codes == ["INVALID_INPUT"]
    keyed = {"name": "a", "identifiedBy": [{"kind": "TABLE", "table": made["id"]}]}
    codes = await lab.codes(
        "CreateTableDataset", input={**given, "columns": [keyed, {"name": "b"}]}
    )
    assert codes == ["INVALID_INPUT"]
    plain = await lab.get("CreateTableDataset", input={**given, "columns": []})
    assert [one["dtype"] for one in plain["columns"]] == ["BIGINT", "VARCHAR"]
    assert plain["axisNames"] == ["object"]
    assert await stranger.codes("GetTableDataset", id=made["id"]) == ["NOT_FOUND"]
    await lab.get("DeleteTableDataset", input={"id": made["id"]})
    assert await lab.codes("GetTableDataset", id=made["id"]) == ["NOT_FOUND"]


async def test_what_nothing_makes_yet_is_absent(lab):
    for name in sorted(ABSENT):
        field = name.removeprefix("Create").removesuffix("Lens").lower()
        names = {"mesh": "meshCollection", "network": "networkCollection"}
        column = names.get(field, "sparseDataset" if field == "sparse" else field)
        assert await lab.codes(name, input={column: "1"}) == ["NOT_FOUND"]
