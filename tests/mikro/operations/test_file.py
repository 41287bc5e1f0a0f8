"""Files are made of uploads, and linked to data."""

from __future__ import annotations


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
