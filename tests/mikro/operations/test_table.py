"""Tables are held against their file."""

from __future__ import annotations


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
