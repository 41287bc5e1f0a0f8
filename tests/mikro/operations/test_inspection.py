"""What finish reads of each kind of store, and what it refuses."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

import pytest
from lab import zarr_json

from mikro_server.models import Store


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


async def test_attributes_without_measure_are_refused_unread(lab, objects, monkeypatch):
    store = await lab.written_array()
    told = objects.head

    async def head(bucket, key):
        info = await told(bucket, key)
        return replace(info, size=2**30) if key.endswith("zarr.json") else info

    async def get(bucket, key, **span):
        pytest.fail(f"{key} was read")

    monkeypatch.setattr(objects, "head", head)
    monkeypatch.setattr(objects, "get", get)
    answer = await lab.ask("FinishZarrUpload", input={"storeId": store, "valid": True})
    assert answer.codes == ["INVALID_INPUT"]
    assert str(2**30) in answer.errors[0]["message"]
    assert await _state(store) == "requested"


async def _state(store):
    return (await Store.objects.aget(pk=store)).state


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
