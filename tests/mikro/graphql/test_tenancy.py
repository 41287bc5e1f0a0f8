"""Every root field against strangers, with a world of rows that are not theirs."""

from __future__ import annotations

import pytest_asyncio

from chassis.testing.tenancy import TenancySuite, World, root_fields
from mikro_server.app import SCHEMA

MARKER = "onlyours"
_STORES = ("zarr", "parquet", "bigfile", "media", "sparse", "fabriks", "konnektion", "kulisse")
#: Nobody can have one of these yet, so even their own organization finds none.
_ABSENT = {"createMeshLens", "createNetworkLens", "createFixtureLens", "createSparseLens"}
#: Stores of formats whose content this world does not write.
_UNREADABLE = {"sparse", "fabriks", "konnektion", "kulisse", "media"}


def _name(kind: str) -> str:
    return kind.capitalize()


async def _store_arguments(lab):
    found = {}
    for kind in _STORES:
        if kind in ("sparse", "fabriks", "konnektion"):
            field = f"request{_name(kind)}Upload"
            data = (await lab.graphql(f"mutation {{ {field} {{ store }} }}", lab.member)).ok()
            store = data[field]["store"]
        elif kind == "zarr":
            store = await lab.array_store()
        else:
            given = {} if kind == "parquet" else {"originalFileName": MARKER}
            store = (await lab.get(f"Request{_name(kind)}Upload", input=given))["store"]
        found[f"finish{_name(kind)}Upload"] = {"input": {"storeId": store, "valid": True}}
        found[f"request{_name(kind)}Access"] = {"input": {"storeId": store}}
        found[f"refresh{_name(kind)}Upload"] = {"input": {"storeId": store}}
    found["finishZarrUpload"]["input"]["storeId"] = await lab.written_array()
    found["refreshZarrUpload"]["input"]["storeId"] = await lab.written_array()
    found["requestParquetAccess"]["input"]["storeId"] = (await lab.table())["store"]["id"]
    found["requestBigfileAccess"]["input"]["storeId"] = (await lab.file())["store"]["id"]
    return found


async def _world_arguments(lab):
    folder = await lab.get("CreateFolder", input={"name": MARKER})
    array = await lab.array(MARKER)
    table, file = await lab.table(MARKER), await lab.file(MARKER)
    space = await lab.space(MARKER, [{"dataset": array["id"]}])
    empty = await lab.space(MARKER)
    rois = await lab.collection(MARKER)
    roi = await lab.shape(rois["id"], name=MARKER)
    cut = [{"axis": "x", "start": 1, "stop": 5}]
    lens = await lab.get("CreateLens", input={"dataset": array["id"], "slices": cut})
    target = {"identifier": "@mikro/arraydataset", "object": array["id"]}
    metric = await lab.get("CreateMetric", input={"target": target, "key": MARKER, "magnitude": 1})
    edges = await lab.get("GetTransformations", filters={"output": space["id"]})
    system = array["intrinsicSystem"]["id"]
    history = await _last_change(lab, folder["id"])
    trashed = await lab.file(MARKER)
    delete = "mutation($id: ID!) { deleteFile(input: {id: $id}) }"
    (await lab.graphql(delete, lab.member, id=trashed["id"])).ok()
    by_id = {
        "folder": folder["id"],
        "file": file["id"],
        "arrayDataset": array["id"],
        "tableDataset": table["id"],
        "coordinateSystem": space["id"],
        "transformation": edges[0]["id"],
        "lens": lens["id"],
        "annotation": roi["id"],
        "annotationCollection": rois["id"],
        "metric": metric["id"],
    }
    spare = {"folder": (await lab.get("CreateFolder", input={"name": MARKER}))["id"]}
    found = {name: {"id": value} for name, value in by_id.items()}
    for name, value in by_id.items():
        field = name[0].upper() + name[1:]
        found[f"delete{field}"] = {"input": {"id": spare.get(name, value)}}
        found[f"update{field}"] = {"input": {"id": value, "name": MARKER}}
    found["deleteCoordinateSystem"] = {"input": {"id": empty["id"]}}
    for things, one in (
        ("Files", file),
        ("ArrayDatasets", array),
        ("TableDatasets", table),
        ("AnnotationCollections", rois),
    ):
        filing = {"input": {"selfs": [one["id"]], "other": folder["id"]}}
        found[f"put{things}InFolder"] = filing
        found[f"release{things}FromFolder"] = filing
    stores = {"array": await lab.array_store(), "file": await lab.file_store()}
    columns = [("x", "DOUBLE")]
    axes = [{"name": "y", "type": "SPACE"}, {"name": "x", "type": "SPACE"}]
    box = {"kind": "RECTANGLE", "vectors": [[1, 2], [3, 4]], "name": MARKER}
    return found | {
        "children": {"parent": folder["id"]},
        "descendants": {"starts": [{"kind": "DATASET", "id": array["id"]}]},
        "putFoldersInFolder": {"input": {"selfs": [spare["folder"]], "other": folder["id"]}},
        "releaseFoldersFromFolder": {"input": {"selfs": [spare["folder"]], "other": folder["id"]}},
        "coordinateGraph": {"coordinateSystem": system},
        "storageUsage": {"folder": folder["id"]},
        "trash": {"kind": "FILE"},
        "restoreFromTrash": {"input": {"kind": "FILE", "id": trashed["id"]}},
        "createFolder": {"input": {"name": "x", "parent": folder["id"]}},
        "ensureFolder": {"input": {"name": "x", "parent": folder["id"]}},
        "revertFolder": {"input": {"id": folder["id"], "historyId": history}},
        "pinFolder": {"input": {"id": folder["id"], "pin": True}},
        "fromFileLike": {"input": {"file": stores["file"], "fileName": "x"}},
        "createArrayDataset": {
            "input": {"data": stores["array"], "scales": [], "name": "x", "axes": axes}
        },
        "createTableDataset": {
            "input": {"name": "x", "data": await lab.table_store(columns), "columns": []}
        },
        "createLens": {"input": {"dataset": array["id"]}},
        "createTableLens": {"input": {"tableDataset": table["id"]}},
        "createAnnotationLens": {"input": {"annotationCollection": rois["id"]}},
        "createMeshLens": {"input": {"meshCollection": "1"}},
        "createNetworkLens": {"input": {"networkCollection": "1"}},
        "createFixtureLens": {"input": {"fixture": "1"}},
        "createSparseLens": {"input": {"sparseDataset": "1"}},
        "setLensDefaultScene": {"input": {"lens": lens["id"]}},
        "createAnnotation": {"input": {**box, "collection": rois["id"]}},
        "createAnnotations": {"input": {"annotations": [box], "collection": rois["id"]}},
        "createAnnotationCollection": {"input": {"name": "x", "axes": axes}},
        "createMetric": {"input": {"target": target, "key": "k", "magnitude": 2}},
        "createMetrics": {"input": {"metrics": [{"target": target, "key": "k", "magnitude": 2}]}},
        "createCoordinateSystem": {
            "input": {
                "name": "x",
                "axes": [{**axis, "unit": "um"} for axis in axes],
                "registrations": [{"dataset": array["id"]}],
            }
        },
        "createTransformation": {
            "input": {"input": system, "output": space["id"], "transform": {"kind": "IDENTITY"}}
        },
        "clearCoordinateSystem": {"input": {"id": space["id"]}},
        "deleteRegistration": {"input": {"dataset": array["id"], "world": space["id"]}},
    }


async def _last_change(lab, folder):
    document = "query($id: ID!) { folder(id: $id) { provenanceEntries { id } } }"
    data = (await lab.graphql(document, lab.member, id=folder)).ok()
    return data["folder"]["provenanceEntries"][-1]["id"]


class Suite(TenancySuite):
    """The tests every service inherits; here all fields share one world, for it is large."""

    schema = SCHEMA


@pytest_asyncio.fixture
async def world(lab, two_organizations):
    ours, theirs = two_organizations
    arguments = await _store_arguments(lab) | await _world_arguments(lab)
    requests = {f"request{_name(kind)}Upload" for kind in _STORES}
    for kind in ("bigfile", "media", "kulisse"):
        arguments[f"request{_name(kind)}Upload"] = {"input": {"originalFileName": "x"}}
    return World(
        ours=ours,
        theirs=theirs,
        marker=MARKER,
        arguments=arguments,
        creates=frozenset(requests | {"createAnnotationCollection", "trash", "storageReport"}),
    )


def _destroys(root) -> int:
    """What takes other things with it comes last."""
    parts = {"deleteLens", "deleteAnnotation", "deleteMetric", "deleteTransformation"}
    if root.name in parts:
        return 1
    if root.name == "deleteRegistration":
        return 2
    return 3 if root.name.startswith(("delete", "clear")) else 0


async def _over_all(test, *arguments, leave_out=()) -> None:
    """Run one inherited test for every root field, and report all that fail."""
    failed = {}
    for root in sorted(root_fields(SCHEMA), key=_destroys):
        if root.name in leave_out:
            continue
        try:
            await test(arguments[0], root, *arguments[1:])
        except AssertionError as error:
            failed[str(root)] = str(error).splitlines()[0]
    assert not failed, failed


async def test_every_field_refuses_the_anonymous(graphql, world):
    await _over_all(Suite().test_anonymous_is_refused, graphql, world)


async def test_every_field_refuses_members_without_roles(graphql, world, mint):
    await _over_all(Suite().test_member_without_roles_is_refused, graphql, world, mint)


async def test_no_field_tells_strangers_anything(graphql, world):
    await _over_all(Suite().test_other_organization_learns_nothing, graphql, world)


async def test_every_field_serves_ourselves(graphql, world):
    """The control; what nothing can make yet, and formats this world does not write, left out."""
    unwritten = {f"finish{_name(kind)}Upload" for kind in _STORES if kind != "zarr"}
    unread = {f"request{_name(kind)}Access" for kind in _UNREADABLE}
    leave_out = _ABSENT | unwritten | unread
    await _over_all(Suite().test_ourselves_are_served, graphql, world, leave_out=leave_out)
