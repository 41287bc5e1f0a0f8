"""Arrays by the documents of the released client: written, confirmed, made, read."""

from __future__ import annotations

import pytest
from django.db.backends.utils import CursorWrapper
from lab import TCYX, YX


async def test_a_pyramid_is_made_and_read_back(lab):
    made = await lab.array("pyramid", (1, 2, 64, 96), TCYX, levels=[(1, 2, 32, 48), (1, 2, 16, 24)])
    assert made["multiscale"] is True
    assert made["shape"] == [1, 2, 64, 96]
    assert [axis["name"] for axis in made["intrinsicSystem"]["axes"]] == ["t", "c", "y", "x"]
    read = await lab.get("GetArrayDataset", id=made["id"])
    assert read == made
    assert [level["level"] for level in read["dataArrays"]] == [0, 1, 2]
    grant = await lab.get(
        "RequestZarrAccess", input={"storeId": read["dataArrays"][1]["store"]["id"]}
    )
    assert grant["key"] == read["dataArrays"][1]["store"]["key"]
    assert grant["key"].startswith("1/")


async def test_a_sharded_array_is_read_by_its_inner_chunks(lab):
    store = await lab.array_store((200, 300), chunks=(64, 64), shards=[256, 320])
    made = await lab.get(
        "CreateArrayDataset", input={"data": store, "scales": [], "name": "s", "axes": YX}
    )
    assert made["dataArrays"][0]["chunkShape"] == [64, 64]


async def test_making_one_with_three_levels_takes_few_statements(lab, monkeypatch):
    await lab.array("first, which mirrors the author")
    stores = [await lab.array_store(shape) for shape in ((64, 96), (32, 48), (16, 24))]
    seen = []
    execute = CursorWrapper.execute
    monkeypatch.setattr(
        CursorWrapper,
        "execute",
        lambda self, sql, params=None: seen.append(sql) or execute(self, sql, params),
    )
    scales = [{"level": n, "array": store} for n, store in enumerate(stores[1:], 1)]
    made = await lab.get(
        "CreateArrayDataset",
        input={"data": stores[0], "scales": scales, "name": "three", "axes": YX},
    )
    assert len(made["dataArrays"]) == 3
    # BEGIN and COMMIT go past the cursor, so they are counted in.
    assert len(seen) + 2 <= 12, seen


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"axes": YX[:1]}, "axes"),
        ({"axes": [YX[0], YX[0]]}, "axes"),
        ({"name": "a\x07b"}, "name"),
        ({"name": "  "}, "name"),
        ({"scales": [{"level": 0, "array": "1"}]}, "scales"),
    ],
)
async def test_a_wrong_declaration_attaches_nothing(lab, change, field):
    store = await lab.array_store()
    given = {"data": store, "scales": [], "name": "x", "axes": YX}
    answer = await lab.ask("CreateArrayDataset", input={**given, **change})
    assert answer.codes == ["INVALID_INPUT"]
    assert answer.errors[0]["extensions"]["field"] == field
    # The store is as it was: the same call without the fault succeeds.
    await lab.get("CreateArrayDataset", input=given)


async def test_a_store_belongs_to_one_dataset(lab):
    store = await lab.array_store()
    given = {"data": store, "scales": [], "name": "x", "axes": YX}
    await lab.get("CreateArrayDataset", input=given)
    assert await lab.codes("CreateArrayDataset", input=given) == ["CONFLICT"]
    twice = {**given, "data": "9", "scales": [{"level": 1, "array": "9"}]}
    assert await lab.codes("CreateArrayDataset", input=twice) == ["INVALID_INPUT"]


async def test_an_unfinished_store_is_refused(lab):
    store = await lab.written_array()
    given = {"data": store, "scales": [], "name": "x", "axes": YX}
    assert await lab.codes("CreateArrayDataset", input=given) == ["CONFLICT"]


async def test_lists_search_and_require(lab, stranger):
    first = await lab.array("Nuclei 7", (2, 64, 96), [TCYX[1], *YX])
    second = await lab.array("membrane")
    found = await lab.get("SearchArrayDatasets", search="nuclei")
    assert found == [{"value": first["id"], "label": "Nuclei 7", "__typename": "ArrayDataset"}]
    two_channels = [{"key": "@mikro/n_channels", "operator": "EQUALS", "value": 2}]
    found = await lab.get("GetArrayDatasets", filters={"requires": two_channels})
    assert [one["id"] for one in found] == [first["id"]]
    few = [{"key": "@mikro/n_channels", "operator": "LTE", "value": 1}]
    both = [first["id"], second["id"]]
    found = await lab.get("GetArrayDatasets", filters={"requires": few, "ids": both})
    assert [one["id"] for one in found] == [second["id"]]
    unknown = [{"key": "@mikro/colour", "operator": "EXISTS"}]
    wrong = {"requires": unknown}
    assert await lab.codes("GetArrayDatasets", filters=wrong) == ["INVALID_INPUT"]
    page = await lab.get("GetArrayDatasets", pagination={"offset": 1, "limit": 1})
    assert len(page) == 1
    assert await stranger.get("GetArrayDatasets") == []
