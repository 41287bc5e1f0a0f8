"""Every document of the released client for what mikro keeps so far.

It resolves for us, strangers find nothing by it, and without a role it is refused.
"""

from __future__ import annotations

import json

import parquet_maker
import pytest
import ratchet
from lab import YX, zarr_json

MARK = "onlyours"
CUT = [{"axis": "x", "start": 1, "stop": 5}]
POINT = {"kind": "POINT", "vectors": [[1, 1]], "name": MARK}
#: Nothing makes their containers yet, so they find nothing for anybody.
ABSENT = {"CreateMeshLens", "CreateNetworkLens", "CreateFixtureLens", "CreateSparseLens"}
#: A subscription, told by a test of its own.
ELSEWHERE = {"WatchFiles"}
GLB = b"glTF" + (2).to_bytes(4, "little") + (12).to_bytes(4, "little")
#: What finish wants to see of each kind: the name below the key, or the object itself.
CONTENT = {
    "Zarr": ("/zarr.json", zarr_json((64, 96))),
    "Sparse": ("/zarr.json", json.dumps({"zarr_format": 3, "node_type": "group"}).encode()),
    "Fabriks": ("/fabriks.json", b'{"specVersion": "2.0", "axes": ["x"]}'),
    "Konnektion": ("/konnektion.json", b"{}"),
    "Kulisse": ("", GLB),
    "Media": ("", b"picture"),
    "Bigfile": ("", b"bytes"),
    "Parquet": ("", parquet_maker.parquet([("x", "DOUBLE")])),
}
NAMED = {"Kulisse", "Media", "Bigfile"}
BARE = {"Sparse", "Fabriks", "Konnektion"}


async def granted(lab, kind):
    """A grant to write one store."""
    name = f"Request{kind}Upload"
    if kind in BARE:
        return await lab.get(name)
    return await lab.get(name, input={"originalFileName": MARK} if kind in NAMED else {})


async def written(lab, kind) -> str:
    """A store that holds what it should and is not confirmed."""
    grant = await granted(lab, kind)
    suffix, data = CONTENT[kind]
    await lab.objects.put(grant["bucket"], grant["key"] + suffix, data)
    return grant["store"]


async def finished(lab, kind) -> str:
    store = await written(lab, kind)
    await lab.get(f"Finish{kind}Upload", input={"storeId": store, "valid": True})
    return store


async def store_documents(lab):
    found = {}
    for kind in CONTENT:
        request = (
            {} if kind in BARE else {"input": {"originalFileName": "x"} if kind in NAMED else {}}
        )
        found[f"Request{kind}Upload"] = request
        given = {"storeId": await written(lab, kind), "valid": True}
        found[f"Finish{kind}Upload"] = {"input": given}
        if kind != "Sparse":  # which the client never reads back
            found[f"Request{kind}Access"] = {"input": {"storeId": await finished(lab, kind)}}
    return found


def reads(**ids):
    """Documents that ask for one thing by its id."""
    return {f"Get{noun}": {"id": identifier} for noun, identifier in ids.items()}


async def world(lab):
    """Variables for every document, which name our things."""
    folder = await lab.get("CreateFolder", input={"name": MARK})
    entries = "query($id: ID!) { folder(id: $id) { provenanceEntries { id } } }"
    answer = (await lab.graphql(entries, lab.member, id=folder["id"])).ok()
    [change] = answer["folder"]["provenanceEntries"]
    array, table, file = await lab.array(MARK), await lab.table(MARK), await lab.file(MARK)
    space = await lab.space(MARK, [{"dataset": array["id"]}])
    rois = await lab.collection(MARK)
    shape = await lab.shape(rois["id"], name=MARK)
    lens = await lab.get("CreateLens", input={"dataset": array["id"], "slices": CUT})
    target = {"identifier": "@mikro/arraydataset", "object": array["id"]}
    value = {"target": target, "key": MARK, "magnitude": 1.0}
    metric = await lab.get("CreateMetric", input=value)
    [edge] = await lab.get("GetTransformations", filters={"output": space["id"]})
    spare = {
        "annotation": (await lab.shape(rois["id"], name=MARK))["id"],
        "collection": (await lab.collection(MARK))["id"],
        "space": (await lab.space(MARK))["id"],
        "metric": (await lab.get("CreateMetric", input=value))["id"],
        "table": (await lab.table(MARK))["id"],
        "placed": (await lab.space(MARK, [{"dataset": array["id"]}]))["id"],
        "cleared": (await lab.space(MARK, [{"dataset": array["id"]}]))["id"],
    }
    other = [{"axis": "y", "start": 3, "stop": 9}]
    spare["lens"] = (await lab.get("CreateLens", input={"dataset": array["id"], "slices": other}))[
        "id"
    ]
    system = array["intrinsicSystem"]["id"]
    identity = {"kind": "IDENTITY"}
    between = {"input": system, "output": rois["coordinateSystem"]["id"], "transform": identity}
    spare["edge"] = (await lab.get("CreateTransformation", input=between))["id"]
    ours = [array["id"]]
    um = [{**axis, "unit": "um"} for axis in YX]
    searches = {
        "Folders": folder,
        "Files": file,
        "ArrayDatasets": array,
        "CoordinateSystems": space,
        "AnnotationCollections": rois,
        "Annotations": shape,
        "ArrayLenses": lens,
        "Metrics": metric,
    }
    found = {f"Search{noun}": {"values": [made["id"]]} for noun, made in searches.items()}
    for noun in ("Table", "Sparse", "Mesh", "Network", "Annotation"):
        found[f"Search{noun}Lenses"] = {"search": MARK}
    found |= reads(
        Folder=folder["id"],
        File=file["id"],
        ArrayDataset=array["id"],
        TableDataset=table["id"],
        CoordinateSystem=space["id"],
        Transformation=edge["id"],
        Lens=lens["id"],
        Annotation=shape["id"],
        AnnotationCollection=rois["id"],
        Metric=metric["id"],
    )
    return found | {
        "GetArrayDatasets": {"filters": {"ids": ours}},
        "GetTableDatasets": {"filters": {"ids": [table["id"]]}},
        "GetAnnotations": {"filters": {"ids": [shape["id"]]}},
        "GetAnnotationCollections": {"filters": {"ids": [rois["id"]]}},
        "GetCoordinateSystems": {"filters": {"ids": [space["id"]]}},
        "GetTransformations": {"filters": {"ids": [edge["id"]]}},
        "GetLenses": {"filters": {"ids": [lens["id"]]}},
        "ListMetrics": {"filters": {"ids": [metric["id"]]}},
        "GetCoordinateGraph": {"coordinateSystem": system},
        "GetFullLens": {"dataset": array["id"]},
        "GetDatasetLenses": {"dataset": array["id"]},
        "CreateFolder": {"input": {"name": "x", "parent": folder["id"]}},
        "EnsureFolder": {"input": {"name": "x", "parent": folder["id"]}},
        "UpdateFolder": {"input": {"id": folder["id"], "name": MARK}},
        "RevertFolder": {"input": {"id": folder["id"], "historyId": change["id"]}},
        "FromFileLike": {"input": {"file": await lab.file_store(), "fileName": MARK}},
        "CreateArrayDataset": {
            "input": {"data": await lab.array_store(), "scales": [], "name": MARK, "axes": YX}
        },
        "CreateTableDataset": {
            "input": {"name": MARK, "data": await lab.table_store([("x", "DOUBLE")]), "columns": []}
        },
        "UpdateTableDataset": {"input": {"id": table["id"], "name": MARK}},
        "DeleteTableDataset": {"input": {"id": spare["table"]}},
        "CreateCoordinateSystem": {
            "input": {"name": MARK, "axes": um, "registrations": [{"dataset": array["id"]}]}
        },
        "UpdateCoordinateSystem": {"input": {"id": space["id"], "name": MARK}},
        "DeleteCoordinateSystem": {"input": {"id": spare["space"]}},
        "ClearCoordinateSystem": {"input": {"id": spare["cleared"]}},
        "DeleteRegistration": {"input": {"world": spare["placed"], "dataset": array["id"]}},
        "CreateTransformation": {"input": {**between, "output": space["id"]}},
        "UpdateTransformation": {"input": {"id": edge["id"], "name": MARK}},
        "DeleteTransformation": {"input": {"id": spare["edge"]}},
        "CreateLens": {"input": {"dataset": array["id"], "slices": CUT}},
        "CreateTableLens": {"input": {"tableDataset": table["id"]}},
        "CreateAnnotationLens": {"input": {"annotationCollection": rois["id"]}},
        "CreateMeshLens": {"input": {"meshCollection": "1"}},
        "CreateNetworkLens": {"input": {"networkCollection": "1"}},
        "CreateFixtureLens": {"input": {"fixture": "1"}},
        "CreateSparseLens": {"input": {"sparseDataset": "1"}},
        "UpdateLens": {"input": {"id": lens["id"], "name": MARK}},
        "SetLensDefaultScene": {"input": {"lens": lens["id"]}},
        "DeleteLens": {"input": {"id": spare["lens"]}},
        "CreateAnnotation": {"input": {**POINT, "collection": rois["id"]}},
        "CreateAnnotations": {"input": {"annotations": [POINT], "collection": rois["id"]}},
        "UpdateAnnotation": {"input": {"id": shape["id"], "name": MARK}},
        "DeleteAnnotation": {"input": {"id": spare["annotation"]}},
        "CreateAnnotationCollection": {"input": {"name": MARK, "axes": YX, "folder": folder["id"]}},
        "DeleteAnnotationCollection": {"input": {"id": spare["collection"]}},
        "CreateMetric": {"input": value},
        "CreateMetrics": {"input": {"metrics": [value]}},
        "DeleteMetric": {"input": {"id": spare["metric"]}},
    }


@pytest.fixture
def known():
    """The documents this schema serves."""
    return set(ratchet.committed()["mikro"])


@pytest.fixture
async def variables(lab):
    return await store_documents(lab) | await world(lab)


def later(name: str) -> bool:
    """What takes something away comes last."""
    return name.startswith(("Delete", "Clear"))


async def test_no_document_is_left_out(variables, known):
    areas = {name for name in known if name in variables or name in ELSEWHERE}
    assert set(variables) <= known
    assert len(areas) >= 94


async def test_each_document_resolves_for_us(lab, variables):
    failed = {}
    for name in sorted(variables, key=later):
        answer = await lab.ask(name, **variables[name])
        expected = ["NOT_FOUND"] if name in ABSENT else []
        if answer.codes != expected:
            failed[name] = answer.errors
    assert not failed, failed


async def test_strangers_find_nothing_by_any_document(lab, stranger, variables):
    told = {}
    makes_its_own = {name for name in variables if name.startswith("Request") and "Upload" in name}
    for name in sorted(variables.keys() - makes_its_own):
        answer = await stranger.ask(name, **variables[name])
        if MARK in json.dumps(answer.data or {}):
            told[name] = answer.data
        elif not answer.errors:
            [value] = answer.data.values()
            if value:
                told[name] = value
        elif answer.codes != ["NOT_FOUND"]:
            told[name] = answer.errors
    assert not told, told
    # And nothing of ours was changed by asking.
    read = await lab.get("GetArrayDataset", **variables["GetArrayDataset"])
    assert read["name"] == MARK


async def test_without_a_role_each_document_is_refused(lab, mint, variables):
    roleless = lab.as_(mint.member(sub="1", roles=[]))
    let_in = {}
    for name, given in variables.items():
        answer = await roleless.ask(name, **given)
        if answer.codes != ["PERMISSION_DENIED"]:
            let_in[name] = answer.errors or answer.data
    assert not let_in, let_in


async def test_viewers_read_everything_and_write_nothing(lab, mint, variables):
    viewer = lab.as_(mint.member(sub="9", roles=["viewer"], preferred_username="vic"))
    reading = ("Get", "Search", "List")
    wrong = {}
    for name, given in variables.items():
        answer = await viewer.ask(name, **given)
        access = name.startswith("Request") and name.endswith("Access")
        expected = [] if name.startswith(reading) or access else ["PERMISSION_DENIED"]
        if answer.codes != expected:
            wrong[name] = answer.errors
    assert not wrong, wrong
