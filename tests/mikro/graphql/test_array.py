"""Array datasets by GraphQL: filters, order, fields, lineage and changes."""

from __future__ import annotations

import pytest
from lab import TCYX, YX

ARRAYS = """
query($filters: ArrayDatasetFilter, $ordering: [ArrayDatasetOrder!]! = [{id: ASC}],
      $page: OffsetPaginationInput) {
  arrayDatasets(filters: $filters, ordering: $ordering, pagination: $page) { name }
}
"""
ONE = """
query($id: ID!) {
  arrayDataset(id: $id) {
    name description axisNames shape spec multiscale descriptors
    acquisitionStart acquisitionEnd createdThrough { taskId } creator { sub } folder { name }
    dataArrays { level shape chunkShape scaleFactors scaleMethod
                 store { shape chunks shards dtype version codecs sizeBytes dimensionNames } }
    anchors { coordinates spokes }
    derivedFrom { kind validity output { id } }
    lenses { id label } whole: lenses(sliced: false) { id } sliced: lenses(sliced: true) { id }
    fullLens { id shape }
  }
}
"""
UPDATE = """
mutation($input: UpdateArrayDatasetInput!) {
  updateArrayDataset(input: $input) { name description }
}
"""
DELETE = "mutation($id: ID!) { deleteArrayDataset(input: {id: $id}) }"


@pytest.fixture
def named(lab):
    async def names(member=None, **variables):
        data = (await lab.graphql(ARRAYS, member or lab.member, **variables)).ok()
        return [one["name"] for one in data["arrayDatasets"]]

    return names


@pytest.fixture
def read(lab):
    async def one(made, member=None):
        identifier = made["id"] if isinstance(made, dict) else made
        answer = await lab.graphql(ONE, member or lab.member, id=identifier)
        return answer.ok()["arrayDataset"]

    return one


async def test_an_array_tells_everything_of_its_levels(lab, read):
    made = await lab.array("cells", (1, 2, 64, 96), TCYX, levels=[(1, 2, 32, 48), (1, 2, 16, 24)])
    found = await read(made)
    assert found["axisNames"] == ["t", "c", "y", "x"]
    assert found["shape"] == [1, 2, 64, 96]
    assert found["multiscale"] is True
    assert set(found["spec"]) == {"IMAGE", "MULTICHANNEL"}
    assert found["descriptors"]["@mikro/n_channels"] == 2
    assert [one["level"] for one in found["dataArrays"]] == [0, 1, 2]
    assert [one["scaleFactors"] for one in found["dataArrays"]] == [
        [1, 1, 1, 1],
        [1, 1, 2, 2],
        [1, 1, 4, 4],
    ]
    assert [one["scaleMethod"] for one in found["dataArrays"]] == [None, "AREA", "AREA"]
    store = found["dataArrays"][0]["store"]
    assert (store["dtype"], store["version"], store["shards"]) == ("uint16", "3", None)
    assert store["sizeBytes"] > 0
    assert found["fullLens"]["shape"] == [1, 2, 64, 96]
    assert found["whole"] == [{"id": found["fullLens"]["id"]}]
    assert found["sliced"] == []


async def test_lenses_of_an_array_are_told_apart(lab, read):
    made = await lab.array("cells")
    cut = [{"axis": "x", "start": 1, "stop": 5}]
    lens = await lab.get("CreateLens", input={"dataset": made["id"], "slices": cut})
    found = await read(made)
    assert found["sliced"] == [{"id": lens["id"]}]
    assert len(found["lenses"]) == 2
    assert found["lenses"][0]["id"] == found["fullLens"]["id"]


async def test_arrays_are_narrowed_by_each_filter(lab, named):
    folder = await lab.get("CreateFolder", input={"name": "place"})
    file, second = await lab.file("a.czi"), await lab.file("b.czi")
    window = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-02T00:00:00Z"}
    raw = await lab.array(
        "Raw nuclei",
        (3, 64, 96),
        TCYX[1:],
        folder=folder["id"],
        anchors=[{"axisAnchors": [], "acquisitionWindow": window}],
        sourceFiles=[{"file": file["id"]}, {"file": second["id"]}],
    )
    derived = [{"kind": "DATASET", "dataset": raw["id"]}]
    await lab.array("mask of it", (64, 96), YX, levels=[(32, 48)], derivedFrom=derived)
    await lab.array("film", (9, 1, 64, 96), TCYX)
    cases = {
        "search": ({"search": "nuc"}, ["Raw nuclei"]),
        "search in another case": ({"search": "RAW"}, ["Raw nuclei"]),
        "folder": ({"folder": folder["id"]}, ["Raw nuclei"]),
        "folders": ({"folders": [folder["id"]]}, ["Raw nuclei"]),
        "no folder of that id": ({"folders": ["x"]}, []),
        "spec": ({"spec": ["TIMESERIES"]}, ["film"]),
        "specs": ({"spec": ["IMAGE", "MULTICHANNEL"]}, ["Raw nuclei"]),
        "axis types": ({"hasAxisTypes": ["TIME", "CHANNEL"]}, ["film"]),
        "axis type": ({"hasAxisTypes": ["CHANNEL"]}, ["Raw nuclei", "film"]),
        "multiscale": ({"multiscale": True}, ["mask of it"]),
        "one level": ({"multiscale": False}, ["Raw nuclei", "film"]),
        "derived": ({"notDerived": False}, ["mask of it"]),
        "not derived": ({"notDerived": True}, ["Raw nuclei", "film"]),
        "derived from": ({"derivedFrom": raw["id"]}, ["mask of it"]),
        "source file": ({"sourceFile": file["id"]}, ["Raw nuclei"]),
        "has source file": ({"hasSourceFile": True}, ["Raw nuclei"]),
        "has none": ({"hasSourceFile": False}, ["mask of it", "film"]),
        "acquired after": ({"acquiredAfter": "2026-03-01T12:00:00Z"}, ["Raw nuclei"]),
        "acquired after its end": ({"acquiredAfter": "2026-03-02T00:00:00Z"}, []),
        "acquired before": ({"acquiredBefore": "2026-03-01T00:00:01Z"}, ["Raw nuclei"]),
        "acquired before its start": ({"acquiredBefore": "2026-03-01T00:00:00Z"}, []),
        "name": ({"name": {"contains": "film"}}, ["film"]),
        "either": ({"name": {"exact": "film"}, "OR": {"multiscale": True}}, ["mask of it", "film"]),
        "not": ({"NOT": {"search": "raw"}}, ["mask of it", "film"]),
        "owner": ({"owner": "2"}, []),
        "task": ({"createdThroughTask": "t"}, []),
    }
    for what, (filters, expected) in cases.items():
        assert await named(filters=filters) == expected, what


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("EQUALS", 2, ["two"]),
        ("MATCHES", 2, ["two"]),
        ("NOT_EQUALS", 2, ["one", "nine"]),
        ("GTE", 2, ["two", "nine"]),
        ("LTE", 2, ["one", "two"]),
        ("EXISTS", None, ["one", "two", "nine"]),
        ("IN", [1, 9], ["one", "nine"]),
        ("NOT_IN", [1, 9], ["two"]),
        ("IN", [], []),
        ("NOT_IN", [], ["one", "two", "nine"]),
    ],
)
async def test_descriptors_are_compared_by_each_operator(lab, named, operator, value, expected):
    for name, channels in (("one", 1), ("two", 2), ("nine", 9)):
        await lab.array(name, (channels, 8, 8), TCYX[1:])
    constraint = {"key": "@mikro/n_channels", "operator": operator, "value": value}
    assert await named(filters={"requires": [constraint]}) == expected


@pytest.mark.parametrize(
    "constraint",
    [
        {"key": "@mikro/nothing", "operator": "EXISTS"},
        {"key": "@mikro/n_channels", "operator": "GTE", "value": "two"},
        {"key": "@mikro/n_channels", "operator": "IN", "value": 2},
        {"key": "@mikro/n_channels", "operator": "IN", "value": "12"},
        {"key": "@mikro/n_channels'; --", "operator": "EQUALS", "value": 1},
    ],
)
async def test_a_constraint_that_says_nothing_is_refused(lab, constraint):
    answer = await lab.graphql(ARRAYS, lab.member, filters={"requires": [constraint]})
    assert answer.codes == ["INVALID_INPUT"]
    assert answer.errors[0]["extensions"]["field"] == "requires"


async def test_arrays_come_in_order_and_in_pages(lab, named):
    for name, start in (("b", "2026-01-02"), ("a", "2026-01-03"), ("c", "2026-01-01")):
        window = {"start": f"{start}T00:00:00Z"}
        await lab.array(name, anchors=[{"axisAnchors": [], "acquisitionWindow": window}])
    assert await named(ordering=[{"name": "ASC"}]) == ["a", "b", "c"]
    assert await named(ordering=[{"acquisitionStart": "ASC"}]) == ["c", "b", "a"]
    assert await named(ordering=[{"createdAt": "DESC"}]) == ["c", "a", "b"]
    assert await named(ordering=[{"name": "ASC"}], page={"offset": 2, "limit": 9}) == ["c"]


async def test_what_is_known_at_coordinates_is_kept_as_it_was_said(lab, read):
    made = await lab.array(
        "anchored",
        (1, 2, 8, 8),
        TCYX,
        anchors=[
            {"axisAnchors": [{"axis": "c", "value": 1}], "label": {"label": "GFP"}},
            {
                "axisAnchors": [],
                "acquisitionWindow": {"start": "2026-01-01T00:00:00Z"},
            },
        ],
    )
    anchors = (await read(made))["anchors"]
    assert anchors[0]["coordinates"] == {"c": 1}
    assert anchors[0]["spokes"]["label"]["label"] == "GFP"
    assert anchors[1]["coordinates"] == {}
    assert anchors[1]["spokes"]["acquisitionWindow"]["start"].startswith("2026-01-01")


async def test_an_anchor_on_an_axis_that_is_not_there_makes_nothing(lab, named):
    store = await lab.array_store()
    given = {"data": store, "scales": [], "name": "x", "axes": YX}
    wrong = {**given, "anchors": [{"axisAnchors": [{"axis": "q", "value": 1}]}]}
    answer = await lab.ask("CreateArrayDataset", input=wrong)
    assert answer.codes == ["INVALID_INPUT"]
    assert answer.errors[0]["extensions"]["field"] == "anchors"
    assert await named() == []
    await lab.get("CreateArrayDataset", input=given)


@pytest.mark.parametrize(
    ("levels", "why"),
    [
        ([(65, 96)], "larger than level 0"),
        ([(64, 96, 1)], "another number of axes"),
    ],
)
async def test_levels_fit_into_the_finest(lab, named, levels, why):
    stores = [await lab.array_store(shape) for shape in ((64, 96), *levels)]
    scales = [{"level": number, "array": one} for number, one in enumerate(stores[1:], 1)]
    given = {"data": stores[0], "scales": scales, "name": "x", "axes": YX}
    assert await lab.codes("CreateArrayDataset", input=given) == ["INVALID_INPUT"], why
    assert await named() == []


async def test_levels_have_one_type_of_number_and_one_number_each(lab):
    fine, coarse = await lab.array_store(), await lab.array_store((32, 48), dtype="uint8")
    given = {"data": fine, "name": "x", "axes": YX}
    scales = [{"level": 1, "array": coarse}]
    assert await lab.codes("CreateArrayDataset", input={**given, "scales": scales}) == [
        "INVALID_INPUT"
    ]
    small = await lab.array_store((32, 48))
    for numbers in ((0,), (-1,), (1, 1)):
        scales = [{"level": number, "array": small} for number in numbers]
        answer = await lab.ask("CreateArrayDataset", input={**given, "scales": scales})
        assert answer.codes == ["INVALID_INPUT"], numbers


async def test_axes_are_those_the_array_names_itself(lab):
    store = await lab.array_store(names=["y", "x"])
    given = {"data": store, "scales": [], "name": "x"}
    turned = [YX[1], YX[0]]
    assert await lab.codes("CreateArrayDataset", input={**given, "axes": turned}) == [
        "INVALID_INPUT"
    ]
    made = await lab.get("CreateArrayDataset", input={**given, "axes": YX})
    assert [axis["name"] for axis in made["intrinsicSystem"]["axes"]] == ["y", "x"]


async def test_an_array_is_renamed_and_described(lab, read, named):
    made = await lab.array("first")
    changes = {"id": made["id"], "name": " second ", "description": "all\nabout it"}
    found = (await lab.graphql(UPDATE, lab.member, input=changes)).ok()["updateArrayDataset"]
    assert found == {"name": "second", "description": "all\nabout it"}
    only = {"id": made["id"], "name": "third"}
    found = (await lab.graphql(UPDATE, lab.member, input=only)).ok()["updateArrayDataset"]
    assert found == {"name": "third", "description": "all\nabout it"}
    assert await named(filters={"search": "about"}) == ["third"]
    assert await named(filters={"description": {"contains": "all"}}) == ["third"]
    bad = {"id": made["id"], "description": "x" * 100_001}
    assert (await lab.graphql(UPDATE, lab.member, input=bad)).codes == ["INVALID_INPUT"]
    bad = {"id": made["id"], "name": "\t"}
    assert (await lab.graphql(UPDATE, lab.member, input=bad)).codes == ["INVALID_INPUT"]


async def test_an_array_is_changed_by_writers_of_its_organization(lab, stranger, mint):
    made = await lab.array("ours")
    changes = {"id": made["id"], "name": "theirs"}
    assert (await lab.graphql(UPDATE, stranger.member, input=changes)).codes == ["NOT_FOUND"]
    viewer = mint.member(sub="9", roles=["viewer"])
    assert (await lab.graphql(UPDATE, viewer, input=changes)).codes == ["PERMISSION_DENIED"]
    editor = mint.member(sub="9", roles=["editor"])
    (await lab.graphql(UPDATE, editor, input=changes)).ok()


async def test_a_derivation_says_how_it_lies_and_from_what(lab, read):
    source = await lab.array("source")
    lens = await lab.get(
        "CreateLens",
        input={"dataset": source["id"], "slices": [{"axis": "x", "start": 4, "stop": 36}]},
    )
    made = await lab.array(
        "crop",
        (64, 32),
        derivedFrom=[
            {"kind": "LENS", "lens": lens["id"], "transform": {"kind": "IDENTITY"}},
            {"kind": "DATASET", "dataset": source["id"]},
        ],
    )
    found = await read(made)
    assert [edge["kind"] for edge in found["derivedFrom"]] == ["IDENTITY", "UNMAPPABLE"]
    assert found["derivedFrom"][1]["output"]["id"] == source["intrinsicSystem"]["id"]


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "DATASET", "dataset": "999999"},
        {"kind": "LENS", "lens": "999999"},
        {"kind": "TABLE_DATASET", "tableDataset": "999999"},
        {"kind": "ANNOTATION_COLLECTION", "annotationCollection": "999999"},
        {"kind": "COORDINATE_SYSTEM", "coordinateSystem": "999999"},
        {"kind": "ANNOTATION", "annotation": "00000000-0000-0000-0000-000000000000"},
        {"kind": "MESH_COLLECTION", "meshCollection": "1"},
    ],
)
async def test_a_source_that_is_not_there_makes_nothing(lab, named, source):
    store = await lab.array_store()
    given = {"data": store, "scales": [], "name": "x", "axes": YX, "derivedFrom": [source]}
    assert await lab.codes("CreateArrayDataset", input=given) == ["NOT_FOUND"]
    assert await named() == []


async def test_an_array_in_the_trash_is_in_no_list_and_no_search(lab, named):
    made = await lab.array("gone")
    (await lab.graphql(DELETE, lab.member, id=made["id"])).ok()
    assert await named() == []
    assert await lab.get("SearchArrayDatasets", search="gone") == []
    assert await lab.codes("GetArrayDataset", id=made["id"]) == ["NOT_FOUND"]
    assert await lab.codes("GetFullLens", dataset=made["id"]) == ["NOT_FOUND"]
    store = made["dataArrays"][0]["store"]["id"]
    assert await lab.codes("RequestZarrAccess", input={"storeId": store}) == ["CONFLICT"]
