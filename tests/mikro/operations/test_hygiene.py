"""Keeping house: abandoned uploads, the ledger, the report."""

from __future__ import annotations

from datetime import timedelta

import arrays
import numpy as np
import pytest
from lab import YX, as_job

from chassis.clock import now
from chassis.objectstore.errors import StorageUnavailable
from mikro_server.jobs.hygiene import sweep_stores
from mikro_server.models import Store, Usage
from mikro_server.operations import hygiene

LONG_AGO = timedelta(days=365)


async def sweep() -> int:
    return await as_job(hygiene.sweep)


async def stored() -> int:
    usage = await Usage.objects.filter(user_id="1").afirst()
    return usage.stored_bytes if usage else 0


async def test_uploads_nobody_finished_are_swept(lab):
    abandoned, recent = await lab.written_array(), await lab.written_array()
    given_up = await lab.written_array()
    await lab.get("FinishZarrUpload", input={"storeId": given_up, "valid": False})
    await Store.objects.filter(pk=abandoned).aupdate(expires_at=now() - LONG_AGO)
    assert await sweep() == 2
    states = {str(row.pk): row.state async for row in Store.objects.all()}
    assert states == {abandoned: "gone", given_up: "gone", recent: "requested"}
    assert len(lab.objects.objects) == 2
    assert await sweep() == 0
    given = {"storeId": abandoned, "valid": True}
    assert await lab.codes("FinishZarrUpload", input=given) == ["CONFLICT"]


async def test_finished_uploads_nobody_used_give_their_space_back(lab):
    unused = await lab.array_store()
    used = await lab.array()
    before = await stored()
    await Store.objects.filter(pk=unused).aupdate(populated_at=now() - LONG_AGO)
    assert await sweep() == 1
    assert 0 < await stored() < before
    await lab.get("GetArrayDataset", id=used["id"])


async def test_a_sweep_that_fails_is_tried_again(lab, monkeypatch):
    store = await lab.written_array()
    await Store.objects.filter(pk=store).aupdate(expires_at=now() - LONG_AGO)

    async def unreachable(*arguments):
        raise StorageUnavailable()

    with monkeypatch.context() as broken:
        broken.setattr(lab.objects, "delete_prefix", unreachable)
        assert await sweep() == 0
    assert (await Store.objects.aget(pk=store)).state == "requested"
    assert await sweep() == 1


async def test_what_is_kept_is_told_by_owner_and_folder(lab, mint):
    folder = await lab.get("CreateFolder", input={"name": "day"})
    await lab.file("a", b"x" * 100, folder=folder["id"])
    await lab.file("b", b"x" * 10)
    usage = "query($folder: ID) { storageUsage(folder: $folder) { storedBytes stores } }"
    mine = (await lab.graphql(usage, lab.member)).ok()["storageUsage"]
    assert mine == {"storedBytes": 110, "stores": 2}
    there = (await lab.graphql(usage, lab.member, folder=folder["id"])).ok()["storageUsage"]
    assert there == {"storedBytes": 100, "stores": 1}
    report = "{ storageReport { owner kind state age storedBytes stores } }"
    [line] = (await lab.graphql(report, lab.member)).ok()["storageReport"]
    assert (line["owner"], line["kind"], line["storedBytes"]) == ("ada", "bigfile", 110)
    editor = mint.member(roles=["editor"])
    assert (await lab.graphql(report, editor)).codes == ["PERMISSION_DENIED"]


async def test_ended_grants_are_let_go_of_and_their_store_may_be_away(lab, monkeypatch):
    asked = []

    async def end_grants():
        asked.append(True)
        raise StorageUnavailable("The object store does not answer.")

    monkeypatch.setattr(lab.objects, "end_grants", end_grants)
    abandoned = await lab.written_array()
    await Store.objects.filter(pk=abandoned).aupdate(expires_at=now() - LONG_AGO)
    assert await sweep() == 1, "the sweep does all else"
    assert asked == [True]


@pytest.mark.django_db(transaction=True)
def test_the_job_runs_without_anything_to_do():
    sweep_stores.function()


async def test_a_thumbnail_goes_with_its_array(lab, http, objects, configured):
    made = await arrays.dataset(lab, np.ones((16, 16), "uint8"), axes=YX)
    other = await arrays.dataset(lab, np.ones((16, 16), "uint8"), axes=YX)
    for one in (made, other):
        path = f"/mikro/arrays/{one['id']}/thumbnail"
        assert (await http.get(path, headers=lab.member.headers)).status_code == 200
    delete = "mutation($id: ID!) { deleteArrayDataset(input: {id: $id}) }"
    (await lab.graphql(delete, lab.member, id=made["id"])).ok()
    configured(trash={"window_seconds": 0})
    await sweep()
    kept = {key.split("/")[1] for _, key in objects.objects}
    assert kept == {other["dataArrays"][0]["store"]["key"].split("/")[1]}
