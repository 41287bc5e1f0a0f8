"""Folders: the tree, its history, its search."""

from __future__ import annotations


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
