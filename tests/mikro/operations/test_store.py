"""Stores: what is granted, what finish refuses, who may read."""

from __future__ import annotations

from lab import YX, zarr_json

from chassis.objectstore.contract import Mode
from mikro_server.config import MikroConfig


async def test_a_grant_opens_one_prefix_of_the_own_organization(lab, objects):
    grant = await lab.get("RequestZarrUpload", input={})
    scope = objects.granted[-1].scope
    assert (scope.mode, scope.key) == (Mode.WRITE, None)
    assert scope.prefix == grant["key"]
    assert grant["key"].startswith("1/")
    assert not grant["key"].endswith("/")
    assert grant["path"] == f"{grant['bucket']}/{grant['key']}"
    file = await lab.get("RequestBigfileUpload", input={"originalFileName": "a.czi"})
    assert objects.granted[-1].scope.key == file["key"]
    assert objects.granted[-1].scope.prefix is None


async def test_finish_refuses_what_was_never_written_or_is_not_what_was_declared(lab):
    grant = await lab.get("RequestZarrUpload", input={})
    given = {"storeId": grant["store"], "valid": True}
    assert await lab.codes("FinishZarrUpload", input=given) == ["INVALID_INPUT"]
    grant = await lab.get("RequestZarrUpload", input={"shape": [8, 8]})
    await lab.objects.put(grant["bucket"], f"{grant['key']}/zarr.json", zarr_json((4, 4)))
    answer = await lab.ask("FinishZarrUpload", input={"storeId": grant["store"], "valid": True})
    assert "declared" in answer.errors[0]["message"]
    file = await lab.get("RequestBigfileUpload", input={"originalFileName": "half.czi"})
    given = {"file": file["store"], "fileName": "half.czi"}
    assert await lab.codes("FromFileLike", input=given) == ["OBJECT_NOT_FOUND"]


async def test_finish_is_once_and_for_its_owner(lab, stranger, mint):
    store = await lab.array_store()
    given = {"storeId": store, "valid": True}
    assert await lab.codes("FinishZarrUpload", input=given) == ["CONFLICT"]
    assert await stranger.codes("FinishZarrUpload", input=given) == ["NOT_FOUND"]
    open_store = {"storeId": await lab.written_array(), "valid": True}
    colleague = lab.as_(mint.member(sub="3", roles=["editor"], preferred_username="eve"))
    assert await colleague.codes("FinishZarrUpload", input=open_store) == ["PERMISSION_DENIED"]
    wrong_kind = {"storeId": open_store["storeId"], "valid": True}
    assert await lab.codes("FinishMediaUpload", input=wrong_kind) == ["NOT_FOUND"]
    refresh = "mutation($id: String!) { refreshZarrUpload(input: {storeId: $id}) { store } }"
    answer = await lab.graphql(refresh, lab.member, id=open_store["storeId"])
    assert answer.ok()["refreshZarrUpload"]["store"] == open_store["storeId"]
    answer = await lab.graphql(refresh, lab.member, id=store)
    assert answer.codes == ["CONFLICT"]


async def test_credentials_of_a_file_are_renewed_while_it_is_uploaded(lab, stranger):
    refresh = "mutation($id: String!) { refreshBigfileUpload(input: {storeId: $id}) { store key } }"
    open_file = await lab.get("RequestBigfileUpload", input={"originalFileName": "long.czi"})
    answer = await lab.graphql(refresh, lab.member, id=open_file["store"])
    renewed = answer.ok()["refreshBigfileUpload"]
    assert renewed == {"store": open_file["store"], "key": open_file["key"]}
    foreign = await lab.graphql(refresh, stranger.member, id=open_file["store"])
    assert foreign.codes == ["NOT_FOUND"]
    done = await lab.file("done.czi", b"x")
    finished = await lab.graphql(refresh, lab.member, id=done["store"]["id"])
    assert finished.codes == ["CONFLICT"]


async def test_viewers_read_and_do_not_write(lab, mint):
    array = await lab.array()
    viewer = lab.as_(mint.member(sub="9", roles=["viewer"], preferred_username="vic"))
    store = array["dataArrays"][0]["store"]["id"]
    await viewer.get("GetArrayDataset", id=array["id"])
    await viewer.get("RequestZarrAccess", input={"storeId": store})
    assert await viewer.codes("RequestZarrUpload", input={}) == ["PERMISSION_DENIED"]
    assert await viewer.codes("CreateFolder", input={"name": "x"}) == ["PERMISSION_DENIED"]
    delete = "mutation($id: ID!) { deleteArrayDataset(input: {id: $id}) }"
    for roles in (["viewer"], ["editor"], ["bot"]):
        other = mint.member(sub="9", roles=roles, preferred_username="vic")
        assert (await lab.graphql(delete, other, id=array["id"])).codes == ["PERMISSION_DENIED"]
    admin = mint.member(sub="9", roles=["admin"], preferred_username="vic")
    (await lab.graphql(delete, admin, id=array["id"])).ok()


async def test_names_and_ids_that_are_none(lab):
    for name in ("a\nb", "", "x" * 1001):
        codes = await lab.codes("RequestBigfileUpload", input={"originalFileName": name})
        assert codes == ["INVALID_INPUT"]
    for identifier in ("-1", "²", "9" * 30, "x"):
        given = {"storeId": identifier, "valid": True}
        assert await lab.codes("FinishZarrUpload", input=given) == ["NOT_FOUND"]
        given = {"data": identifier, "scales": [], "name": "x", "axes": YX}
        assert await lab.codes("CreateArrayDataset", input=given) == ["NOT_FOUND"]


def test_every_kind_has_a_bucket_of_its_own():
    config = MikroConfig.model_validate({"storage": {"buckets": {"zarr": "arrays"}}})
    assert config.storage.bucket("zarr") == "arrays"
    assert config.storage.bucket("media") == "mikro-media"
    assert len(set(config.storage.buckets.values())) == 8
