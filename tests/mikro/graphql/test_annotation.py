"""Annotations by GraphQL: shapes and their boxes, filters, styles, changes."""

from __future__ import annotations

import pytest
from lab import TCYX, YX

SHAPES = """
query($filters: AnnotationFilter, $ordering: [AnnotationOrder!]! = [{name: ASC}],
      $page: OffsetPaginationInput) {
  annotations(filters: $filters, ordering: $ordering, pagination: $page) { name }
}
"""
ONE = """
query($id: ID!) {
  annotation(id: $id) {
    id name description kind vectors strokeColor fillColor strokeWidth filled descriptors
    coordinates { name value } intrinsicBbox { min max } creator { sub }
    collection { name } coordinateSystem { name axes { name } }
  }
}
"""
COLLECTIONS = """
query($filters: AnnotationCollectionFilter,
      $ordering: [AnnotationCollectionOrder!]! = [{name: ASC}]) {
  annotationCollections(filters: $filters, ordering: $ordering) { name }
}
"""
COLLECTION = """
query($id: ID!) {
  annotationCollection(id: $id) {
    name description folder { name } creator { sub } fullLens { id label }
    derivedFrom { kind } annotations(ordering: [{name: ASC}]) { name }
    coordinateSystem { axes { name type } }
  }
}
"""


@pytest.fixture
def named(lab):
    async def names(member=None, **variables):
        data = (await lab.graphql(SHAPES, member or lab.member, **variables)).ok()
        return [one["name"] for one in data["annotations"]]

    return names


@pytest.fixture
def read(lab):
    async def one(identifier, member=None):
        answer = await lab.graphql(ONE, member or lab.member, id=identifier)
        return answer.ok()["annotation"]

    return one


async def test_a_shape_tells_where_and_how_it_is_drawn(lab, read):
    rois = await lab.collection("rois", TCYX)
    made = await lab.shape(
        rois["id"],
        name="cell",
        description="round",
        strokeColor=[255, 0, 0],
        fillColor=[0, 0, 0, 128],
        strokeWidth=2.5,
        filled=True,
        coordinates=[{"name": "t", "value": 3}],
    )
    found = await read(made["id"])
    assert found["vectors"] == [[1, 2], [5, 8]]
    assert found["intrinsicBbox"] == {"min": [1, 2], "max": [5, 8]}
    assert found["coordinates"] == [{"name": "t", "value": 3}]
    assert (found["strokeWidth"], found["filled"]) == (2.5, True)
    assert found["fillColor"] == [0, 0, 0, 128]
    assert found["descriptors"]["@mikro/annotation_kind"] == "RECTANGLE"
    assert (found["collection"]["name"], found["creator"]["sub"]) == ("rois", "1")
    assert [axis["name"] for axis in found["coordinateSystem"]["axes"]] == ["t", "c", "y", "x"]


@pytest.mark.parametrize(
    ("kind", "vectors", "box"),
    [
        ("POINT", [[3, 4]], {"min": [3, 4], "max": [3, 4]}),
        ("MULTI_POINT", [[3, 4], [1, 9]], {"min": [1, 4], "max": [3, 9]}),
        ("LINE", [[0, 0], [-2, 5]], {"min": [-2, 0], "max": [0, 5]}),
        ("PATH", [[0, 0], [1, 1], [2, 0]], {"min": [0, 0], "max": [2, 1]}),
        ("POLYGON", [[0, 0], [4, 0], [2, 3]], {"min": [0, 0], "max": [4, 3]}),
    ],
)
async def test_each_kind_has_the_box_around_its_points(lab, read, kind, vectors, box):
    rois = await lab.collection()
    made = await lab.shape(rois["id"], kind=kind, vectors=vectors)
    found = await read(made["id"])
    assert (found["kind"], found["intrinsicBbox"]) == (kind, box)
    assert found["name"] == kind.lower()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"vectors": []}, "vectors"),
        ({"kind": "LINE", "vectors": [[1, 1]]}, "vectors"),
        ({"kind": "POLYGON", "vectors": [[1, 1], [2, 2]]}, "vectors"),
        ({"vectors": [[1, 2, 3], [4, 5, 6]]}, "vectors"),
        ({"vectors": [[1, 2], [3, 4, 5]]}, "vectors"),
        ({"strokeColor": [1, 2]}, "strokeColor"),
        ({"fillColor": [0, 0, 999]}, "fillColor"),
        ({"name": "a\x00"}, "name"),
        ({"coordinates": [{"name": "z", "value": 1}]}, "coordinates"),
        ({"coordinates": [{"name": "x", "value": 1}]}, "coordinates"),
    ],
)
async def test_a_shape_that_is_none_is_not_drawn(lab, named, change, field):
    rois = await lab.collection()
    box = {"kind": "RECTANGLE", "vectors": [[1, 2], [5, 8]], "collection": rois["id"]}
    answer = await lab.ask("CreateAnnotation", input={**box, **change})
    assert answer.codes == ["INVALID_INPUT"], answer
    assert answer.errors[0]["extensions"]["field"] == field
    assert await named() == []


async def test_shapes_are_drawn_all_or_none_and_in_their_order(lab, named):
    rois = await lab.collection()
    good = {"kind": "POINT", "vectors": [[1, 1]]}
    shapes = [{**good, "name": name} for name in ("c", "a", "b")]
    made = await lab.get(
        "CreateAnnotations", input={"annotations": shapes, "collection": rois["id"]}
    )
    assert [one["name"] for one in made] == ["c", "a", "b"]
    bad = [good, {"kind": "LINE", "vectors": [[1, 1]]}]
    given = {"annotations": bad, "collection": rois["id"]}
    assert await lab.codes("CreateAnnotations", input=given) == ["INVALID_INPUT"]
    none = {"annotations": [], "collection": rois["id"]}
    assert await lab.codes("CreateAnnotations", input=none) == ["INVALID_INPUT"]
    assert await named() == ["a", "b", "c"]


async def test_a_shape_goes_into_one_collection_that_is_there(lab, stranger):
    rois = await lab.collection()
    point = {"kind": "POINT", "vectors": [[1, 1]]}
    assert await lab.codes("CreateAnnotation", input=point) == ["INVALID_INPUT"]
    both = {**point, "collection": rois["id"], "scene": "1"}
    assert await lab.codes("CreateAnnotation", input=both) == ["INVALID_INPUT"]
    scene = {**point, "scene": "1"}
    assert await lab.codes("CreateAnnotation", input=scene) == ["NOT_FOUND"]
    foreign = {**point, "collection": rois["id"]}
    assert await stranger.codes("CreateAnnotation", input=foreign) == ["NOT_FOUND"]


async def test_shapes_are_narrowed_by_each_filter(lab, named):
    array = await lab.array("pixels")
    derived = [{"kind": "DATASET", "dataset": array["id"]}]
    over = await lab.collection("over", derivedFrom=derived)
    other = await lab.collection("other", TCYX)
    cell = await lab.shape(over["id"], name="Cell 1", description="bright")
    pins = [{"name": "t", "value": 1}, {"name": "c", "value": 0}]
    await lab.shape(other["id"], name="point", kind="POINT", vectors=[[1, 1]], coordinates=pins)
    kind = {"key": "@mikro/annotation_kind", "operator": "EQUALS", "value": "POINT"}
    cases = {
        "search": ({"search": "cell"}, ["Cell 1"]),
        "name": ({"name": {"exact": "point"}}, ["point"]),
        "description": ({"description": {"contains": "right"}}, ["Cell 1"]),
        "kind": ({"kind": "RECTANGLE"}, ["Cell 1"]),
        "collection": ({"collection": other["id"]}, ["point"]),
        "space": ({"coordinateSystem": other["coordinateSystem"]["id"]}, ["point"]),
        "drawn over": ({"dataset": array["id"]}, ["Cell 1"]),
        "ids": ({"ids": [cell["id"], "no uuid"]}, ["Cell 1"]),
        "id": ({"id": cell["id"]}, ["Cell 1"]),
        "pinned": ({"pinnedTo": pins[:1]}, ["point"]),
        "pinned to both": ({"pinnedTo": pins}, ["point"]),
        "pinned elsewhere": ({"pinnedTo": [{"name": "t", "value": 2}]}, []),
        "requires": ({"requires": [kind]}, ["point"]),
        "not": ({"NOT": {"kind": "POINT"}}, ["Cell 1"]),
    }
    for what, (filters, expected) in cases.items():
        assert await named(filters=filters) == expected, what


async def test_a_shape_is_moved_and_its_box_with_it(lab, read):
    rois = await lab.collection()
    made = await lab.shape(rois["id"], name="first", description="old", fillColor=[1, 2, 3])
    await lab.get("UpdateAnnotation", input={"id": made["id"], "vectors": [[10, 20], [30, 40]]})
    found = await read(made["id"])
    assert found["intrinsicBbox"] == {"min": [10, 20], "max": [30, 40]}
    assert (found["name"], found["description"]) == ("first", "old")
    changes = {"kind": "ELLIPSE", "name": "second", "description": None, "fillColor": None}
    await lab.get("UpdateAnnotation", input={"id": made["id"], **changes})
    found = await read(made["id"])
    assert (found["kind"], found["name"]) == ("ELLIPSE", "second")
    assert (found["description"], found["fillColor"]) == (None, None)
    assert found["descriptors"]["@mikro/annotation_kind"] == "ELLIPSE"
    style = {"id": made["id"], "strokeWidth": 4.0, "filled": True, "strokeColor": [9, 9, 9]}
    await lab.get("UpdateAnnotation", input=style)
    found = await read(made["id"])
    assert (found["strokeWidth"], found["filled"], found["strokeColor"]) == (4, True, [9, 9, 9])


async def test_a_wrong_change_changes_nothing(lab, read):
    rois = await lab.collection()
    made = await lab.shape(rois["id"], name="first")
    before = await read(made["id"])
    for change in ({"kind": "POLYGON"}, {"vectors": [[1]]}, {"name": ""}, {"strokeColor": [1]}):
        given = {"id": made["id"], **change}
        if change == {"kind": "POLYGON"}:
            given["vectors"] = [[1, 1], [2, 2]]
        assert await lab.codes("UpdateAnnotation", input=given) == ["INVALID_INPUT"], change
    assert await read(made["id"]) == before


async def test_shapes_are_changed_by_writers_and_removed_by_their_maker(lab, stranger, mint):
    rois = await lab.collection()
    made = await lab.shape(rois["id"])
    changes = {"id": made["id"], "name": "x"}
    assert await stranger.codes("UpdateAnnotation", input=changes) == ["NOT_FOUND"]
    viewer = lab.as_(mint.member(sub="9", roles=["viewer"]))
    assert await viewer.codes("UpdateAnnotation", input=changes) == ["PERMISSION_DENIED"]
    editor = lab.as_(mint.member(sub="9", roles=["editor"]))
    await editor.get("UpdateAnnotation", input=changes)
    gone = {"input": {"id": made["id"]}}
    assert await editor.codes("DeleteAnnotation", **gone) == ["PERMISSION_DENIED"]
    assert await stranger.codes("DeleteAnnotation", **gone) == ["NOT_FOUND"]
    assert await lab.get("DeleteAnnotation", **gone) == made["id"]
    assert await lab.codes("GetAnnotation", id=made["id"]) == ["NOT_FOUND"]


@pytest.mark.parametrize("identifier", ["x", "1", "", "00000000-0000-0000-0000-000000000000"])
async def test_an_id_that_is_none_finds_nothing(lab, identifier):
    assert await lab.codes("GetAnnotation", id=identifier) == ["NOT_FOUND"]
    given = {"input": {"id": identifier}}
    assert await lab.codes("DeleteAnnotation", **given) == ["NOT_FOUND"]


async def test_a_collection_tells_what_it_holds(lab):
    folder = await lab.get("CreateFolder", input={"name": "place"})
    array, file = await lab.array("pixels"), await lab.file("rois.json")
    rois = await lab.collection(
        "rois",
        description="by hand",
        folder=folder["id"],
        derivedFrom=[
            {"kind": "DATASET", "dataset": array["id"], "transform": {"kind": "IDENTITY"}}
        ],
        sourceFiles=[{"file": file["id"]}],
    )
    for name in ("b", "a"):
        await lab.shape(rois["id"], name=name)
    found = (await lab.graphql(COLLECTION, lab.member, id=rois["id"])).ok()["annotationCollection"]
    assert (found["name"], found["description"]) == ("rois", "by hand")
    assert (found["folder"]["name"], found["fullLens"]["label"]) == ("place", "rois")
    assert [one["name"] for one in found["annotations"]] == ["a", "b"]
    assert found["derivedFrom"] == [{"kind": "IDENTITY"}]
    assert [axis["type"] for axis in found["coordinateSystem"]["axes"]] == ["SPACE", "SPACE"]


async def test_collections_are_narrowed_by_each_filter(lab):
    folder = await lab.get("CreateFolder", input={"name": "place"})
    array = await lab.array("pixels")
    derived = [{"kind": "DATASET", "dataset": array["id"]}]
    first = await lab.collection("First rois", folder=folder["id"], derivedFrom=derived)
    await lab.collection("second")
    cases = {
        "all": ({}, ["First rois", "second"]),
        "search": ({"search": "roi"}, ["First rois"]),
        "name": ({"name": {"iContains": "SEC"}}, ["second"]),
        "folder": ({"folder": folder["id"]}, ["First rois"]),
        "folders": ({"folders": [folder["id"]]}, ["First rois"]),
        "space": ({"coordinateSystem": first["coordinateSystem"]["id"]}, ["First rois"]),
        "over": ({"dataset": array["id"]}, ["First rois"]),
        "ids": ({"ids": [first["id"]]}, ["First rois"]),
    }
    for what, (filters, expected) in cases.items():
        data = (await lab.graphql(COLLECTIONS, lab.member, filters=filters)).ok()
        assert [one["name"] for one in data["annotationCollections"]] == expected, what


async def test_a_collection_takes_its_shapes_to_the_trash_and_back(lab, named):
    rois = await lab.collection()
    await lab.shape(rois["id"], name="cell")
    await lab.get("DeleteAnnotationCollection", input={"id": rois["id"]})
    assert await named() == []
    assert await lab.codes("GetAnnotationCollection", id=rois["id"]) == ["NOT_FOUND"]
    restore = """
    mutation($id: ID!) { restoreFromTrash(input: {kind: ANNOTATION_COLLECTION, id: $id}) }
    """
    (await lab.graphql(restore, lab.member, id=rois["id"])).ok()
    assert await named() == ["cell"]


async def test_a_surface_has_axes_with_names_of_their_own(lab):
    for axes in ([], [YX[0], YX[0]], [{"name": " ", "type": "SPACE"}]):
        given = {"name": "x", "axes": axes}
        assert await lab.codes("CreateAnnotationCollection", input=given) == ["INVALID_INPUT"]
    many = [{"name": f"a{number}", "type": "INDEX"} for number in range(33)]
    given = {"name": "x", "axes": many}
    assert await lab.codes("CreateAnnotationCollection", input=given) == ["INVALID_INPUT"]
