"""Keeping house by GraphQL: the trash of each kind, undo, what is kept by whom."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from lab import as_job

from chassis.clock import now
from mikro_server.config import QuotaConfig
from mikro_server.models import Folder, Store
from mikro_server.operations import hygiene

TRASH = """
query($kind: TrashKind!, $limit: Int! = 100) {
  trash(kind: $kind, limit: $limit) { id kind name trashedAt trashedBy removedAt }
}
"""
RESTORE = """
mutation($kind: TrashKind!, $id: ID!) { restoreFromTrash(input: {kind: $kind, id: $id}) }
"""
QUOTAS = "{ storageQuotas { holder usedBytes limitBytes } }"
USAGE = "query($folder: ID) { storageUsage(folder: $folder) { storedBytes stores } }"
REPORT = "{ storageReport { owner kind state age storedBytes stores } }"
KINDS = {
    "FILE": ("file", "File", "GetFile"),
    "ARRAY_DATASET": ("array", "ArrayDataset", "GetArrayDataset"),
    "TABLE_DATASET": ("table", "TableDataset", "GetTableDataset"),
    "ANNOTATION_COLLECTION": ("collection", "AnnotationCollection", "GetAnnotationCollection"),
}


@pytest.fixture
def delete(lab):
    async def away(noun, made, member=None):
        document = f"mutation($id: ID!) {{ delete{noun}(input: {{id: $id}}) }}"
        return await lab.graphql(document, member or lab.member, id=made["id"])

    return away


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_goes_to_the_trash_and_comes_back_whole(lab, delete, kind):
    make, noun, get = KINDS[kind]
    made = await getattr(lab, make)("thing")
    before = await lab.get(get, id=made["id"])
    (await delete(noun, made)).ok()
    [line] = (await lab.graphql(TRASH, lab.member, kind=kind)).ok()["trash"]
    assert (line["id"], line["kind"], line["name"], line["trashedBy"]) == (
        made["id"],
        kind,
        "thing",
        "1",
    )
    (await lab.graphql(RESTORE, lab.member, kind=kind, id=made["id"])).ok()
    assert await lab.get(get, id=made["id"]) == before
    assert (await lab.graphql(TRASH, lab.member, kind=kind)).ok()["trash"] == []
    again = await lab.graphql(RESTORE, lab.member, kind=kind, id=made["id"])
    assert again.codes == ["NOT_FOUND"]


async def test_the_trash_is_listed_newest_first_and_in_part(lab, delete):
    for name in ("first", "second", "third"):
        (await delete("File", await lab.file(name))).ok()
    found = (await lab.graphql(TRASH, lab.member, kind="FILE", limit=2)).ok()["trash"]
    assert [one["name"] for one in found] == ["third", "second"]
    assert (await lab.graphql(TRASH, lab.member, kind="FILE", limit=-1)).ok()["trash"] == []


async def test_the_trash_tells_when_things_are_removed_for_good(lab, delete, configured):
    (await delete("File", await lab.file("old"))).ok()
    for days in (30, 2):
        configured(trash={"window_seconds": days * 86400})
        [line] = (await lab.graphql(TRASH, lab.member, kind="FILE")).ok()["trash"]
        trashed, removed = (datetime.fromisoformat(line[at]) for at in ("trashedAt", "removedAt"))
        assert removed - trashed == timedelta(days=days)


async def test_the_trash_of_others_is_not_touched(lab, delete, stranger, mint):
    eve = mint.member(sub="3", roles=["editor"], preferred_username="eve")
    made = await lab.as_(eve).file("hers")
    (await delete("File", made, eve)).ok()
    assert (await lab.graphql(TRASH, stranger.member, kind="FILE")).ok()["trash"] == []
    foreign = await lab.graphql(RESTORE, stranger.member, kind="FILE", id=made["id"])
    assert foreign.codes == ["NOT_FOUND"]
    other = mint.member(sub="4", roles=["editor"], preferred_username="oto")
    denied = await lab.graphql(RESTORE, other, kind="FILE", id=made["id"])
    assert denied.codes == ["PERMISSION_DENIED"]
    (await lab.graphql(RESTORE, lab.member, kind="FILE", id=made["id"])).ok()  # an admin may


async def test_what_left_the_trash_does_not_come_back(lab, delete, configured):
    made = await lab.file("old")
    (await delete("File", made)).ok()
    configured(trash={"window_seconds": 0})
    await as_job(hygiene.sweep)
    answer = await lab.graphql(RESTORE, lab.member, kind="FILE", id=made["id"])
    assert answer.codes == ["NOT_FOUND"]
    usage = (await lab.graphql(USAGE, lab.member)).ok()["storageUsage"]
    assert usage == {"storedBytes": 0, "stores": 0}


async def test_what_comes_back_lies_at_the_root_if_its_folder_is_gone(lab, delete):
    folder = await lab.get("CreateFolder", input={"name": "place"})
    inner = await lab.get("CreateFolder", input={"name": "inner", "parent": folder["id"]})
    file = await lab.file("f", folder=folder["id"])
    for noun, made in (("File", file), ("Folder", inner), ("Folder", folder)):
        (await delete(noun, made)).ok()
    (await lab.graphql(RESTORE, lab.member, kind="FILE", id=file["id"])).ok()
    (await lab.graphql(RESTORE, lab.member, kind="FOLDER", id=inner["id"])).ok()
    document = "query($id: ID!) { file(id: $id) { folder { id } } }"
    found = (await lab.graphql(document, lab.member, id=file["id"])).ok()["file"]
    assert found == {"folder": None}
    assert (await lab.get("GetFolder", id=inner["id"]))["parent"] is None
    # And the end of the folder takes nothing of them along.
    old = now() - timedelta(days=365)
    await Folder.objects.filter(pk=folder["id"]).aupdate(trashed_at=old)
    await as_job(hygiene.sweep)
    assert await lab.get("GetFile", id=file["id"])
    assert await lab.get("GetFolder", id=inner["id"])


async def test_usage_is_what_the_caller_keeps_trash_included(lab, delete, mint):
    await lab.file("a", b"x" * 100)
    (await delete("File", await lab.file("b", b"x" * 50))).ok()
    await lab.get("RequestBigfileUpload", input={"originalFileName": "never written"})
    eve = lab.as_(mint.member(sub="3", roles=["editor"], preferred_username="eve"))
    await eve.file("c", b"x" * 7)
    mine = (await lab.graphql(USAGE, lab.member)).ok()["storageUsage"]
    hers = (await lab.graphql(USAGE, eve.member)).ok()["storageUsage"]
    assert mine == {"storedBytes": 150, "stores": 2}
    assert hers == {"storedBytes": 7, "stores": 1}


async def test_usage_of_a_folder_adds_up_every_kind(lab, stranger):
    folder = await lab.get("CreateFolder", input={"name": "place"})
    await lab.file("a", b"x" * 100, folder=folder["id"])
    array = await lab.array("pixels", levels=[(32, 48)], folder=folder["id"])
    table = await lab.table("spots", folder=folder["id"])
    await lab.file("elsewhere", b"x" * 1000)
    stores = [*(one["store"]["id"] for one in array["dataArrays"]), table["store"]["id"]]
    sizes = [one.size_bytes async for one in Store.objects.filter(pk__in=stores)]
    found = (await lab.graphql(USAGE, lab.member, folder=folder["id"])).ok()["storageUsage"]
    assert found == {"storedBytes": 100 + sum(sizes), "stores": 4}
    foreign = await lab.graphql(USAGE, stranger.member, folder=folder["id"])
    assert foreign.codes == ["NOT_FOUND"]


async def test_the_report_tells_who_keeps_what_and_how_old_it_is(lab, delete, mint):
    await lab.file("a", b"x" * 100)
    (await delete("File", await lab.file("b", b"x" * 50))).ok()
    old = await lab.file("c", b"x" * 30)
    age = now() - timedelta(days=100)
    await Store.objects.filter(pk=old["store"]["id"]).aupdate(created_at=age)
    older = await lab.file("d", b"x" * 20)
    age = now() - timedelta(days=1000)
    await Store.objects.filter(pk=older["store"]["id"]).aupdate(created_at=age)
    eve = lab.as_(mint.member(sub="3", roles=["editor"], preferred_username="eve"))
    await eve.file("e", b"x" * 7)
    lines = (await lab.graphql(REPORT, lab.member)).ok()["storageReport"]
    found = {(one["owner"], one["state"], one["age"]): one["storedBytes"] for one in lines}
    assert found == {
        ("ada", "attached", "30 days"): 100,
        ("ada", "trashed", "30 days"): 50,
        ("ada", "attached", "1 year"): 30,
        ("ada", "attached", "older"): 20,
        ("eve", "attached", "30 days"): 7,
    }
    assert [one["storedBytes"] for one in lines] == sorted(found.values(), reverse=True)


async def test_the_report_is_for_admins_and_of_their_organization(lab, stranger, mint):
    await lab.file("a", b"x" * 100)
    for roles in (["editor"], ["user"], ["viewer"], ["bot"]):
        member = mint.member(sub="9", roles=roles)
        assert (await lab.graphql(REPORT, member)).codes == ["PERMISSION_DENIED"]
    assert (await lab.graphql(REPORT, stranger.member)).ok()["storageReport"] == []


async def test_limits_are_told_with_what_is_used_of_them(lab, mint, stranger, settings):
    await lab.file("a", b"x" * 100)
    eve = lab.as_(mint.member(sub="3", roles=["editor"], preferred_username="eve"))
    await eve.file("c", b"x" * 7)
    limits = {"quota": QuotaConfig(organization_bytes=5000)}
    settings.BAUHOF_CONFIG = settings.BAUHOF_CONFIG.model_copy(update=limits)
    hers = (await lab.graphql(QUOTAS, eve.member)).ok()["storageQuotas"]
    assert hers == [
        {"holder": "ORGANIZATION", "usedBytes": 107, "limitBytes": 5000},
        {"holder": "USER", "usedBytes": 7, "limitBytes": None},
    ]
    theirs = (await lab.graphql(QUOTAS, stranger.member)).ok()["storageQuotas"]
    assert [one["usedBytes"] for one in theirs] == [0, 0]
