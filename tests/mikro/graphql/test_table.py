"""Tables by GraphQL: columns held against the file, filters, references, changes."""

from __future__ import annotations

import parquet_maker
import pytest

TABLES = """
query($filters: TableDatasetFilter, $ordering: [TableDatasetOrder!]! = [{id: ASC}],
      $page: OffsetPaginationInput) {
  tableDatasets(filters: $filters, ordering: $ordering, pagination: $page) { name }
}
"""
ONE = """
query($id: ID!) {
  tableDataset(id: $id) {
    name description spec axisNames provenanceMetadata
    columns { order name dtype role axisType unit longName description references { name } }
    store { sizeBytes } folder { name } fullLens { id label }
    coordinateSystem { axes { name type unit } }
    derivedFrom { kind }
  }
}
"""
XY = [
    {"name": "x", "dtype": "DOUBLE", "axisType": "SPACE", "unit": "nm"},
    {"name": "y", "dtype": "DOUBLE", "axisType": "SPACE", "unit": "nm"},
]
FILE_XY = [("x", "DOUBLE"), ("y", "DOUBLE")]


@pytest.fixture
def named(lab):
    async def names(**variables):
        data = (await lab.graphql(TABLES, lab.member, **variables)).ok()
        return [one["name"] for one in data["tableDatasets"]]

    return names


async def test_a_table_tells_everything_of_its_columns(lab):
    columns = [("t", "DOUBLE"), ("x", "DOUBLE"), ("name", "VARCHAR"), ("n", "BIGINT")]
    declared = [
        {"name": "t", "dtype": "DOUBLE", "axisType": "TIME", "unit": "s", "longName": "time"},
        {"name": "x", "dtype": "double", "axisType": "SPACE"},
        {"name": "name", "role": "LABEL", "description": "what it is called"},
        {"name": "n", "dtype": "BIGINT", "role": "TRACK_ID"},
    ]
    made = await lab.table("tracks", columns, declared)
    found = (await lab.graphql(ONE, lab.member, id=made["id"])).ok()["tableDataset"]
    assert [one["name"] for one in found["columns"]] == ["t", "x", "name", "n"]
    assert [one["order"] for one in found["columns"]] == [0, 1, 2, 3]
    assert [one["role"] for one in found["columns"]] == [
        "COORDINATE",
        "COORDINATE",
        "LABEL",
        "TRACK_ID",
    ]
    assert found["columns"][2]["dtype"] == "VARCHAR"
    assert found["columns"][0]["longName"] == "time"
    assert found["axisNames"] == ["t", "x"]
    assert [one["type"] for one in found["coordinateSystem"]["axes"]] == ["TIME", "SPACE"]
    assert set(found["spec"]) == {"POINTS_1D", "TIMED", "TRACKED"}
    assert found["fullLens"]["label"] == "tracks"
    assert found["provenanceMetadata"] == {
        "app": "org.example.test",
        "version": "0.1.0",
        "task": None,
    }


async def test_a_table_without_coordinates_has_its_rows_for_a_space(lab):
    declared = [{"name": "area", "dtype": "DOUBLE"}]
    made = await lab.table("measured", [("area", "DOUBLE")], declared)
    found = (await lab.graphql(ONE, lab.member, id=made["id"])).ok()["tableDataset"]
    [axis] = found["coordinateSystem"]["axes"]
    assert axis["type"] == "INDEX"
    assert found["spec"] == ["RECORDS"]


async def test_a_table_nobody_declared_has_the_columns_of_its_file(lab):
    store = await lab.table_store([("a", "BIGINT"), ("b", "VARCHAR")])
    made = await lab.get(
        "CreateTableDataset", input={"name": "plain", "data": store, "columns": []}
    )
    found = (await lab.graphql(ONE, lab.member, id=made["id"])).ok()["tableDataset"]
    assert [(one["name"], one["dtype"], one["role"]) for one in found["columns"]] == [
        ("a", "BIGINT", "ATTRIBUTE"),
        ("b", "VARCHAR", "ATTRIBUTE"),
    ]


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ([XY[0]], "x"),
        ([XY[1], XY[0]], "y"),
        ([*XY, {"name": "z"}], "z"),
        ([XY[0], {**XY[1], "dtype": "BIGINT"}], "DOUBLE"),
        ([{**XY[0], "name": "X"}, XY[1]], "X"),
    ],
)
async def test_a_declaration_that_drifted_from_the_file_is_refused(lab, named, declared, words):
    store = await lab.table_store(FILE_XY)
    given = {"name": "x", "data": store, "columns": declared}
    answer = await lab.ask("CreateTableDataset", input=given)
    assert answer.codes == ["INVALID_INPUT"]
    assert answer.errors[0]["extensions"]["field"] == "columns"
    assert words in answer.errors[0]["message"]
    assert await named() == []
    # Nothing is half attached: the right declaration still goes through.
    await lab.get("CreateTableDataset", input={"name": "x", "data": store, "columns": XY})
    assert await named() == ["x"]


@pytest.mark.parametrize(
    "data",
    [b"", b"PAR1", b"not a parquet file at all", b"PAR1" + b"\xff" * 64 + b"PAR1"],
)
async def test_what_is_no_parquet_file_becomes_no_table(lab, named, data):
    grant = await lab.get("RequestParquetUpload", input={})
    await lab.objects.put(grant["bucket"], grant["key"], data)
    given = {"name": "x", "data": grant["store"], "columns": []}
    assert await lab.codes("CreateTableDataset", input=given) == ["INVALID_INPUT"]
    assert await named() == []


async def test_a_file_cut_short_becomes_no_table(lab):
    whole = parquet_maker.parquet(FILE_XY)
    for length in range(0, len(whole), 7):
        grant = await lab.get("RequestParquetUpload", input={})
        await lab.objects.put(grant["bucket"], grant["key"], whole[:length])
        given = {"name": "x", "data": grant["store"], "columns": []}
        assert await lab.codes("CreateTableDataset", input=given) == ["INVALID_INPUT"], length


async def test_a_table_never_written_is_not_found(lab):
    grant = await lab.get("RequestParquetUpload", input={})
    given = {"name": "x", "data": grant["store"], "columns": []}
    assert await lab.codes("CreateTableDataset", input=given) == ["OBJECT_NOT_FOUND"]


async def test_tables_are_narrowed_by_each_filter(lab, named):
    folder = await lab.get("CreateFolder", input={"name": "place"})
    first, second = await lab.file("a.csv"), await lab.file("b.csv")
    array = await lab.array("pixels")
    await lab.table(
        "Spots found",
        folder=folder["id"],
        sourceFiles=[{"file": first["id"]}, {"file": second["id"]}],
        derivedFrom=[{"kind": "DATASET", "dataset": array["id"]}],
    )
    declared = [{"name": "a", "role": "ID"}, {"name": "b", "role": "ID"}]
    await lab.table("plain", [("a", "BIGINT"), ("b", "BIGINT")], declared)
    cases = {
        "search": ({"search": "found"}, ["Spots found"]),
        "folder": ({"folder": folder["id"]}, ["Spots found"]),
        "folders": ({"folders": [folder["id"]]}, ["Spots found"]),
        "spec": ({"spec": ["POINTS_2D"]}, ["Spots found"]),
        "no such spec": ({"spec": ["POINTS_2D", "TRACKED"]}, []),
        "role": ({"hasColumnRole": "ID"}, ["plain"]),
        "role of coordinates": ({"hasColumnRole": "COORDINATE"}, ["Spots found"]),
        "computed from": ({"dataset": array["id"]}, ["Spots found"]),
        "has source file": ({"hasSourceFile": True}, ["Spots found"]),
        "has none": ({"hasSourceFile": False}, ["plain"]),
        "name": ({"name": {"exact": "plain"}}, ["plain"]),
    }
    for what, (filters, expected) in cases.items():
        assert await named(filters=filters) == expected, what


async def test_tables_come_in_order_and_in_pages(lab, named):
    for name in ("b", "a", "c"):
        await lab.table(name)
    assert await named(ordering=[{"name": "ASC"}]) == ["a", "b", "c"]
    assert await named(ordering=[{"createdAt": "DESC"}]) == ["c", "a", "b"]
    assert await named(ordering=[{"name": "ASC"}], page={"offset": 1, "limit": 1}) == ["b"]


async def test_a_column_refers_to_the_rows_of_another_table(lab):
    keyed = [{"name": "i", "axisType": "INDEX"}, {"name": "kind"}]
    objects = await lab.table("objects", [("i", "BIGINT"), ("kind", "VARCHAR")], keyed)
    claim = {"kind": "TABLE", "table": objects["id"]}
    declared = [{"name": "object", "identifiedBy": [claim]}, {"name": "area"}]
    made = await lab.table("areas", [("object", "BIGINT"), ("area", "DOUBLE")], declared)
    found = (await lab.graphql(ONE, lab.member, id=made["id"])).ok()["tableDataset"]
    assert found["columns"][0]["references"] == {"name": "objects"}
    assert "KEYED" in found["spec"]


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ({"kind": "TABLE", "table": "999999"}, "NOT_FOUND"),
        ({"kind": "TABLE"}, "NOT_FOUND"),
        ({"kind": "NETWORK_COLLECTION_NODES", "networkCollection": "1"}, "NOT_FOUND"),
        ({"kind": "DATASET", "dataset": "1"}, "INVALID_INPUT"),
    ],
)
async def test_a_column_is_identified_by_what_is_there(lab, claim, code):
    store = await lab.table_store([("a", "BIGINT")])
    declared = [{"name": "a", "identifiedBy": [claim]}]
    given = {"name": "x", "data": store, "columns": declared}
    assert await lab.codes("CreateTableDataset", input=given) == [code]


async def test_a_table_without_a_key_is_not_referred_to(lab):
    plain = await lab.table("no key")
    store = await lab.table_store([("a", "BIGINT")])
    declared = [{"name": "a", "identifiedBy": [{"kind": "TABLE", "table": plain["id"]}]}]
    answer = await lab.ask(
        "CreateTableDataset", input={"name": "x", "data": store, "columns": declared}
    )
    assert answer.codes == ["INVALID_INPUT"]
    assert answer.errors[0]["extensions"]["field"] == "identifiedBy"


async def test_an_index_is_identified_by_the_mask_its_ids_lie_in(lab):
    mask = await lab.array("mask")
    claim = {"kind": "DATASET", "dataset": mask["id"], "name": "ids", "validity": "VALIDATED"}
    declared = [{"name": "i", "axisType": "INDEX", "identifiedBy": [claim]}]
    made = await lab.table("objects", [("i", "BIGINT")], declared)
    document = """
    query($id: ID!) { transformations(filters: {output: $id}) { kind name validity } }
    """
    system = made["coordinateSystem"]["id"]
    edges = (await lab.graphql(document, lab.member, id=system)).ok()["transformations"]
    assert edges == [{"kind": "BY_DIMENSION", "name": "ids", "validity": "VALIDATED"}]


async def test_a_table_is_changed_and_thrown_away(lab, stranger, mint, named):
    made = await lab.table("first")
    changes = {"id": made["id"], "name": "second", "description": "words to find"}
    found = await lab.get("UpdateTableDataset", input=changes)
    assert (found["name"], found["description"]) == ("second", "words to find")
    assert await named(filters={"search": "words"}) == ["second"]
    assert await stranger.codes("UpdateTableDataset", input=changes) == ["NOT_FOUND"]
    viewer = lab.as_(mint.member(sub="9", roles=["viewer"]))
    assert await viewer.codes("UpdateTableDataset", input=changes) == ["PERMISSION_DENIED"]
    other = lab.as_(mint.member(sub="9", roles=["editor"]))
    gone = {"input": {"id": made["id"]}}
    assert await other.codes("DeleteTableDataset", **gone) == ["PERMISSION_DENIED"]
    await lab.get("DeleteTableDataset", **gone)
    assert await named() == []
    access = {"storeId": made["store"]["id"]}
    assert await lab.codes("RequestParquetAccess", input=access) == ["CONFLICT"]


async def test_a_search_gives_values_and_labels(lab):
    made = await lab.table("find me")
    found = await lab.get("GetTableDatasets", filters={"search": "me"})
    assert [one["id"] for one in found] == [made["id"]]
