"""Files by GraphQL: made of uploads, narrowed, linked with data, thrown away."""

from __future__ import annotations

import pytest

FILES = """
query($filters: FileFilter, $ordering: [FileOrder!]! = [{id: ASC}], $page: OffsetPaginationInput) {
  files(filters: $filters, ordering: $ordering, pagination: $page) { name }
}
"""
ONE = """
query($id: ID!) {
  file(id: $id) {
    name size contentType createdAt creator { sub } organization { id slug } folder { name }
    createdThrough { taskId } descriptors
    store { bucket key path sizeBytes maxBytes originalFileName contentType }
  }
}
"""
DELETE = "mutation($id: ID!) { deleteFile(input: {id: $id}) }"


@pytest.fixture
def named(lab):
    async def names(member=None, **variables):
        data = (await lab.graphql(FILES, member or lab.member, **variables)).ok()
        return [one["name"] for one in data["files"]]

    return names


async def test_a_file_tells_what_it_is(lab):
    folder = await lab.get("CreateFolder", input={"name": "place"})
    given = {"originalFileName": "raw.czi", "contentType": "image/x-czi", "fileSize": 4}
    grant = await lab.get("RequestBigfileUpload", input=given)
    await lab.objects.put(grant["bucket"], grant["key"], b"data")
    made = await lab.get(
        "FromFileLike",
        input={"file": grant["store"], "fileName": "cells.czi", "folder": folder["id"]},
    )
    found = (await lab.graphql(ONE, lab.member, id=made["id"])).ok()["file"]
    assert (found["name"], found["size"], found["contentType"]) == ("cells.czi", 4, "image/x-czi")
    assert (found["creator"]["sub"], found["folder"]["name"]) == ("1", "place")
    assert found["organization"] == {"id": "1", "slug": "first"}
    assert found["createdThrough"] is None
    store = found["store"]
    assert store["path"] == f"{store['bucket']}/{store['key']}"
    assert (store["sizeBytes"], store["originalFileName"]) == (4, "raw.czi")


async def test_files_are_narrowed_by_each_filter(lab, named):
    folder = await lab.get("CreateFolder", input={"name": "place"})
    source = await lab.file("Scan_01.CZI", folder=folder["id"])
    array = await lab.array(
        "read out", sourceFiles=[{"file": source["id"], "seriesIdentifier": "0"}]
    )
    await lab.array("read out too", sourceFiles=[{"file": source["id"], "seriesIdentifier": "1"}])
    exports = [{"kind": "DATASET", "dataset": array["id"]}]
    await lab.file("export.tif", exportOf=exports)
    await lab.file("notes.txt")
    cases = {
        "search": ({"search": "scan"}, ["Scan_01.CZI"]),
        "search two words": ({"search": "01 czi"}, ["Scan_01.CZI"]),
        "search none": ({"search": "can"}, []),
        "folder": ({"folder": folder["id"]}, ["Scan_01.CZI"]),
        "folders": ({"folders": [folder["id"], "x"]}, ["Scan_01.CZI"]),
        "extension": ({"extension": "czi"}, ["Scan_01.CZI"]),
        "extension with its dot": ({"extension": ".tif"}, ["export.tif"]),
        "no extension": ({"extension": "zi"}, []),
        "exports": ({"notDerived": False}, ["export.tif"]),
        "no exports": ({"notDerived": True}, ["Scan_01.CZI", "notes.txt"]),
        "unlinked": ({"unlinked": True}, ["notes.txt"]),
        "linked": ({"unlinked": False}, ["Scan_01.CZI", "export.tif"]),
        "name": ({"name": {"endsWith": ".txt"}}, ["notes.txt"]),
        "ids": ({"ids": [source["id"]]}, ["Scan_01.CZI"]),
        "owner": ({"owner": "2"}, []),
    }
    for what, (filters, expected) in cases.items():
        assert await named(filters=filters) == expected, what


async def test_files_come_in_order_and_in_pages(lab, named):
    for name in ("b", "a", "c"):
        await lab.file(name)
    assert await named(ordering=[{"name": "DESC"}]) == ["c", "b", "a"]
    assert await named(ordering=[{"createdAt": "ASC"}]) == ["b", "a", "c"]
    assert await named(page={"offset": 1, "limit": 1}) == ["a"]


async def test_my_files_are_those_i_made(lab, mint):
    await lab.file("mine")
    eve = lab.as_(mint.member(sub="3", roles=["user"], preferred_username="eve"))
    await eve.file("hers")
    document = "{ myfiles { name } }"
    assert (await lab.graphql(document, lab.member)).ok()["myfiles"] == [{"name": "mine"}]
    assert (await lab.graphql(document, eve.member)).ok()["myfiles"] == [{"name": "hers"}]


async def test_a_file_is_made_of_one_finished_upload_of_its_maker(lab, stranger, mint):
    store = await lab.file_store()
    given = {"file": store, "fileName": "a.czi"}
    assert await stranger.codes("FromFileLike", input=given) == ["NOT_FOUND"]
    eve = lab.as_(mint.member(sub="3", roles=["editor"], preferred_username="eve"))
    assert await eve.codes("FromFileLike", input=given) == ["PERMISSION_DENIED"]
    viewer = lab.as_(mint.member(sub="1", roles=["viewer"]))
    assert await viewer.codes("FromFileLike", input=given) == ["PERMISSION_DENIED"]
    await lab.get("FromFileLike", input=given)
    assert await lab.codes("FromFileLike", input=given) == ["CONFLICT"]
    wrong_kind = {"file": await lab.array_store(), "fileName": "a.czi"}
    assert await lab.codes("FromFileLike", input=wrong_kind) == ["NOT_FOUND"]


async def test_a_confirmed_upload_becomes_a_file_too(lab):
    store = await lab.file_store()
    await lab.get("FinishBigfileUpload", input={"storeId": store, "valid": True})
    made = await lab.get("FromFileLike", input={"file": store, "fileName": "a"})
    assert made["store"]["id"] == store


async def test_a_refused_file_attaches_nothing(lab, named):
    store = await lab.file_store()
    folder = {"file": store, "fileName": "a", "folder": "999999"}
    assert await lab.codes("FromFileLike", input=folder) == ["NOT_FOUND"]
    export = [{"kind": "DATASET", "dataset": "999999"}]
    given = {"file": store, "fileName": "a", "exportOf": export}
    assert await lab.codes("FromFileLike", input=given) == ["NOT_FOUND"]
    both = [{"kind": "DATASET", "dataset": "1", "tableDataset": "1"}]
    given = {"file": store, "fileName": "a", "exportOf": both}
    assert await lab.codes("FromFileLike", input=given) == ["INVALID_INPUT"]
    assert await lab.codes("FromFileLike", input={"file": store, "fileName": "a\x1b"}) == [
        "INVALID_INPUT"
    ]
    assert await named() == []
    await lab.get("FromFileLike", input={"file": store, "fileName": "a"})
    assert await named() == ["a"]


async def test_a_file_is_thrown_away_by_its_maker_or_an_admin(lab, mint, stranger):
    eve = mint.member(sub="3", roles=["editor"], preferred_username="eve")
    file = await lab.as_(eve).file("hers")
    other = mint.member(sub="4", roles=["editor"], preferred_username="oto")
    assert (await lab.graphql(DELETE, other, id=file["id"])).codes == ["PERMISSION_DENIED"]
    assert (await lab.graphql(DELETE, stranger.member, id=file["id"])).codes == ["NOT_FOUND"]
    demoted = mint.member(sub="3", roles=["viewer"], preferred_username="eve")
    assert (await lab.graphql(DELETE, demoted, id=file["id"])).codes == ["PERMISSION_DENIED"]
    (await lab.graphql(DELETE, eve, id=file["id"])).ok()
    assert await lab.codes("GetFile", id=file["id"]) == ["NOT_FOUND"]
    assert await lab.get("SearchFiles", search="hers") == []
    # Its bytes are not read any more either.
    access = {"storeId": file["store"]["id"]}
    assert await lab.codes("RequestBigfileAccess", input=access) == ["CONFLICT"]


async def test_a_search_gives_values_and_labels(lab):
    first, second = await lab.file("alpha.czi"), await lab.file("alpha beta.czi")
    found = await lab.get("SearchFiles", search="alp")
    assert {one["label"] for one in found} == {"alpha.czi", "alpha beta.czi"}
    found = await lab.get("SearchFiles", search="beta alpha")
    assert [one["value"] for one in found] == [second["id"]]
    found = await lab.get("SearchFiles", values=[first["id"]])
    assert found == [{"value": first["id"], "label": "alpha.czi", "__typename": "File"}]
    found = await lab.get("SearchFiles", search="alp", limit=1, offset=1)
    assert len(found) == 1


@pytest.mark.parametrize("text", ["'", "a'b", "a & b", "!a", "(", ":*", "\\", "%", "a:b", "|"])
async def test_signs_in_a_search_are_no_orders(lab, text):
    await lab.file("a b.czi")
    found = await lab.get("SearchFiles", search=text)
    assert [one["label"] for one in found] in ([], ["a b.czi"])


async def test_a_file_is_renamed_and_keeps_its_bytes(lab, stranger):
    rename = "mutation($input: UpdateFileInput!) { updateFile(input: $input) { id name size } }"
    made = await lab.file("typo.czi", b"data")
    given = {"id": made["id"], "name": " cells.czi "}
    found = (await lab.graphql(rename, lab.member, input=given)).ok()["updateFile"]
    assert found == {"id": made["id"], "name": "cells.czi", "size": 4}
    assert (await lab.graphql(ONE, lab.member, id=made["id"])).ok()["file"]["name"] == "cells.czi"
    nameless = await lab.graphql(rename, lab.member, input={"id": made["id"], "name": " "})
    assert nameless.codes == ["INVALID_INPUT"]
    foreign = await lab.graphql(rename, stranger.member, input=given)
    assert foreign.codes == ["NOT_FOUND"]


async def test_a_viewer_renames_nothing(lab, mint):
    rename = "mutation($input: UpdateFileInput!) { updateFile(input: $input) { name } }"
    made = await lab.file("kept.czi")
    viewer = mint.member(sub="7", roles=["viewer"], preferred_username="vic")
    given = {"id": made["id"], "name": "changed.czi"}
    assert (await lab.graphql(rename, viewer, input=given)).codes == ["PERMISSION_DENIED"]
