"""Stores: what is granted, what finish refuses, what a quota says, who may read."""

from __future__ import annotations

import json
import struct

import pytest
from lab import YX, zarr_json

from chassis.objectstore.contract import Mode
from mikro_server.config import MikroConfig, QuotaConfig
from mikro_server.models import Store, Usage


@pytest.fixture
def quota(settings):
    def limit(**limits):
        changes = {"quota": QuotaConfig(**limits)}
        settings.BAUHOF_CONFIG = settings.BAUHOF_CONFIG.model_copy(update=changes)

    return limit


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


@pytest.mark.parametrize(
    "metadata",
    [
        b"no json",
        b"[]",
        zarr_json((4, 4), zarr_format=2),
        zarr_json((4, 4), node_type="group"),
        zarr_json((4, 4), chunks=(4,)),
        zarr_json((4, -4), chunks=(4, 4)),
        zarr_json((4, 4), attributes={"x": "y" * 2_000_000}),
        zarr_json((4, 4), data_type=None),
        zarr_json((4, 4), dimension_names=["y"]),
    ],
    ids=["text", "list", "v2", "group", "rank", "shape", "large", "dtype", "names"],
)
async def test_finish_refuses_what_is_no_array(lab, objects, metadata):
    store = await lab.written_array()
    [(bucket, key)] = [at for at in objects.objects if at[1].endswith("zarr.json")]
    await objects.put(bucket, key, metadata)
    answer = await lab.ask("FinishZarrUpload", input={"storeId": store, "valid": True})
    assert answer.codes == ["INVALID_INPUT"]
    assert await _state(store) == "requested"


async def _state(store):
    return (await Store.objects.aget(pk=store)).state


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


async def test_every_other_kind_is_checked_by_its_sign(lab):
    media = await lab.get("RequestMediaUpload", input={"originalFileName": "a.png"})
    await lab.objects.put(media["bucket"], media["key"], b"\x89PNG")
    done = await lab.get("FinishMediaUpload", input={"storeId": media["store"], "valid": True})
    assert done["key"] == media["key"]
    await lab.get("RequestMediaAccess", input={"storeId": media["store"]})
    for kind, name in (("Fabriks", "fabriks.json"), ("Konnektion", "konnektion.json")):
        grant = await lab.get(f"Request{kind}Upload")
        given = {"storeId": grant["store"], "valid": True}
        await lab.objects.put(grant["bucket"], f"{grant['key']}/part", b"x")
        assert await lab.codes(f"Finish{kind}Upload", input=given) == ["INVALID_INPUT"]
        manifest = json.dumps({"specVersion": "2", "axes": ["x"], "grid": {"a": 1}}).encode()
        await lab.objects.put(grant["bucket"], f"{grant['key']}/{name}", manifest)
        done = await lab.get(f"Finish{kind}Upload", input=given)
        assert (done["specVersion"], done["axes"]) == ("2", ["x"])
        await lab.get(f"Request{kind}Access", input={"storeId": grant["store"]})
    grant = await lab.get("RequestSparseUpload")
    group = json.dumps({"zarr_format": 3, "node_type": "group"}).encode()
    await lab.objects.put(grant["bucket"], f"{grant['key']}/zarr.json", group)
    await lab.get("FinishSparseUpload", input={"storeId": grant["store"], "valid": True})
    grant = await lab.get("RequestKulisseUpload", input={"originalFileName": "a.glb"})
    given = {"storeId": grant["store"], "valid": True}
    await lab.objects.put(grant["bucket"], grant["key"], b"glTF but short")
    assert await lab.codes("FinishKulisseUpload", input=given) == ["INVALID_INPUT"]
    await lab.objects.put(grant["bucket"], grant["key"], struct.pack("<4sII", b"glTF", 2, 12))
    await lab.get("FinishKulisseUpload", input=given)
    await lab.get("RequestKulisseAccess", input={"storeId": grant["store"]})


async def test_a_table_is_a_parquet_file(lab):
    grant = await lab.get("RequestParquetUpload", input={})
    given = {"storeId": grant["store"], "valid": True}
    for data in (b"x", b"PAR1" + b"\x00" * 20 + b"PAR1", b"PAR1\xff\xff\xff\x7f" + b"PAR1" * 3):
        await lab.objects.put(grant["bucket"], grant["key"], data)
        assert await lab.codes("FinishParquetUpload", input=given) == ["INVALID_INPUT"]


async def test_the_quota_is_refused_early_and_with_numbers(lab, quota):
    quota(organization_bytes=2000)
    await lab.file("first", b"x" * 1500)
    assert (await Usage.objects.aget(user_id="1")).stored_bytes == 1500
    answer = await lab.ask("RequestBigfileUpload", input={"originalFileName": "b", "fileSize": 600})
    assert answer.codes == ["QUOTA_EXCEEDED"]
    assert "2000" in answer.errors[0]["message"]
    assert "1500" in answer.errors[0]["message"]
    grant = await lab.get("RequestZarrUpload", input={})
    assert grant["maxBytes"] == 500
    # The client says nothing of its size: what was written anyway is refused, and swept later.
    store = await lab.file_store(b"x" * 600)
    given = {"file": store, "fileName": "b"}
    assert await lab.codes("FromFileLike", input=given) == ["PAYLOAD_TOO_LARGE"]
    assert (await Usage.objects.aget(user_id="1")).stored_bytes == 1500
    quota(user_bytes=1000)
    assert await lab.codes("RequestZarrUpload", input={}) == ["QUOTA_EXCEEDED"]


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
