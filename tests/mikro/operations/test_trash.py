"""The trash: what is deleted can be brought back until the window ends."""

from __future__ import annotations

from datetime import timedelta

from lab import as_job

from chassis.clock import now
from mikro_server.models import ArrayDataset, CoordinateSystem, Store, Usage
from mikro_server.operations import hygiene

TRASH = "query($kind: TrashKind!) { trash(kind: $kind) { id name trashedBy } }"
RESTORE = (
    "mutation($kind: TrashKind!, $id: ID!) { restoreFromTrash(input: {kind: $kind, id: $id}) }"
)
DELETE = "mutation($id: ID!) { deleteArrayDataset(input: {id: $id}) }"
LONG_AGO = timedelta(days=365)


async def sweep() -> int:
    return await as_job(hygiene.sweep)


async def stored() -> int:
    usage = await Usage.objects.filter(user_id="1").afirst()
    return usage.stored_bytes if usage else 0


async def test_the_trash_can_be_undone_until_the_window_ends(lab, stranger):
    kept, thrown = await lab.array("kept"), await lab.array("thrown")
    (await lab.graphql(DELETE, lab.member, id=thrown["id"])).ok()
    assert await lab.codes("GetArrayDataset", id=thrown["id"]) == ["NOT_FOUND"]
    store = thrown["dataArrays"][0]["store"]["id"]
    assert await lab.codes("RequestZarrAccess", input={"storeId": store}) == ["CONFLICT"]
    [entry] = (await lab.graphql(TRASH, lab.member, kind="ARRAY_DATASET")).ok()["trash"]
    assert entry == {"id": thrown["id"], "name": "thrown", "trashedBy": "1"}
    assert (await lab.graphql(TRASH, stranger.member, kind="ARRAY_DATASET")).ok()["trash"] == []
    assert await sweep() == 0
    undo = {"kind": "ARRAY_DATASET", "id": thrown["id"]}
    assert (await lab.graphql(RESTORE, stranger.member, **undo)).codes == ["NOT_FOUND"]
    (await lab.graphql(RESTORE, lab.member, **undo)).ok()
    assert (await lab.get("GetArrayDataset", id=thrown["id"]))["name"] == "thrown"
    await lab.get("RequestZarrAccess", input={"storeId": store})

    (await lab.graphql(DELETE, lab.member, id=thrown["id"])).ok()
    cut = [{"axis": "x", "stop": 5}]
    await lab.get("CreateLens", input={"dataset": kept["id"], "slices": cut})
    await ArrayDataset.objects.filter(pk=thrown["id"]).aupdate(trashed_at=now() - LONG_AGO)
    await Store.objects.filter(pk=store).aupdate(trashed_at=now() - LONG_AGO)
    before = await stored()
    assert await sweep() == 1
    assert await stored() < before
    assert not await CoordinateSystem.objects.filter(name="thrown").aexists()
    assert (await lab.graphql(RESTORE, lab.member, **undo)).codes == ["NOT_FOUND"]
    await lab.get("GetArrayDataset", id=kept["id"])
    assert {key.split("/")[1] for _, key in lab.objects.objects} == {
        kept["dataArrays"][0]["store"]["key"].split("/")[1]
    }


async def test_a_full_folder_is_not_thrown_away(lab):
    folder = await lab.get("CreateFolder", input={"name": "day"})
    file = await lab.file("a", folder=folder["id"])
    delete = "mutation($id: ID!) { deleteFolder(input: {id: $id}) }"
    answer = await lab.graphql(delete, lab.member, id=folder["id"])
    assert answer.codes == ["CONFLICT"]
    release = "mutation($i: DesociateInput!) { releaseFilesFromFolder(input: $i) { id } }"
    given = {"selfs": [file["id"]], "other": folder["id"]}
    (await lab.graphql(release, lab.member, i=given)).ok()
    (await lab.graphql(delete, lab.member, id=folder["id"])).ok()
    assert await lab.codes("GetFolder", id=folder["id"]) == ["NOT_FOUND"]
