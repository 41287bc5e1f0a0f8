"""Stores of all kinds by GraphQL: what is granted, what finish reads, what it refuses."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from lab import YX, zarr_json

from chassis.clock import now
from chassis.objectstore.contract import Mode
from mikro_server.models import Store, Usage

BARE = {"Sparse", "Fabriks", "Konnektion"}
NAMED = {"Kulisse", "Media", "Bigfile"}
PREFIXES = {"Zarr", *BARE}
GLB = b"glTF" + (2).to_bytes(4, "little") + (12).to_bytes(4, "little")


async def request(lab, kind, **more):
    name = f"Request{kind}Upload"
    if kind in BARE:
        return await lab.get(name)
    given = {"originalFileName": "a.bin"} if kind in NAMED else {}
    return await lab.get(name, input=given | more)


async def finish(lab, kind, grant, valid=True):
    return await lab.ask(f"Finish{kind}Upload", input={"storeId": grant["store"], "valid": valid})


async def put(lab, grant, name, data):
    await lab.objects.put(grant["bucket"], grant["key"] + name, data)


@pytest.mark.parametrize("kind", sorted(PREFIXES | NAMED | {"Parquet"}))
async def test_a_grant_opens_exactly_its_store_and_says_how_long(lab, objects, kind):
    first, second = await request(lab, kind), await request(lab, kind)
    assert first["key"] != second["key"]
    assert first["store"] != second["store"]
    scope = objects.granted[-1].scope
    assert scope.mode is Mode.WRITE
    assert (scope.prefix, scope.key) == (
        (second["key"], None) if kind in PREFIXES else (None, second["key"])
    )
    assert scope.bucket == second["bucket"] == f"mikro-{kind.lower()}"
    assert second["path"] == f"{second['bucket']}/{second['key']}"
    assert second["key"].startswith("1/")
    assert second["expiresIn"] == objects.granted[-1].expires_seconds
    assert scope.max_bytes == 1024**4


async def test_a_read_grant_reads_and_nothing_else(lab, objects):
    array, file = await lab.array(), await lab.file()
    store = array["dataArrays"][0]["store"]
    grant = await lab.get("RequestZarrAccess", input={"storeId": store["id"]})
    scope = objects.granted[-1].scope
    assert (scope.mode, scope.prefix, scope.key) == (Mode.READ, store["key"], None)
    assert grant["key"] == store["key"]
    await lab.get("RequestBigfileAccess", input={"storeId": file["store"]["id"]})
    scope = objects.granted[-1].scope
    assert (scope.mode, scope.prefix, scope.key) == (Mode.READ, None, file["store"]["key"])


@pytest.mark.parametrize(
    ("kind", "name", "data"),
    [
        ("Zarr", "/zarr.json", b""),
        ("Zarr", "/zarr.json", b"{"),
        ("Zarr", "/zarr.json", b"[]"),
        ("Zarr", "/zarr.json", b'{"zarr_format": 2}'),
        ("Zarr", "/zarr.json", b'{"zarr_format": 3, "node_type": "group"}'),
        ("Zarr", "/c/0/0", b"a chunk without its array"),
        ("Zarr", "/zarr.json", zarr_json((4, 4), chunks=(4,))),
        ("Zarr", "/zarr.json", b"x" * (1024 * 1024 + 1)),
        ("Zarr", "/zarr.json", zarr_json((4,), attributes={"x": "y" * 1024 * 1024})),
        ("Sparse", "/zarr.json", zarr_json((4, 4))),
        ("Sparse", "/other", b"x"),
        ("Fabriks", "/parts/0", b"a part without its manifest"),
        ("Fabriks", "/fabriks.json", b"not json"),
        ("Fabriks", "/fabriks.json", b"[1]"),
        ("Konnektion", "/fabriks.json", b"{}"),
        ("Kulisse", "", b"not a model"),
        ("Kulisse", "", b"glTF" + (1).to_bytes(4, "little") + (12).to_bytes(4, "little")),
        ("Kulisse", "", GLB + b"more than it says"),
        ("Kulisse", "", b"gl"),
        ("Parquet", "", b"PAR1"),
        ("Parquet", "", b"x" * 100),
    ],
)
async def test_finish_refuses_what_is_not_of_its_kind(lab, kind, name, data):
    grant = await request(lab, kind)
    await put(lab, grant, name, data)
    answer = await finish(lab, kind, grant)
    assert answer.codes == ["INVALID_INPUT"], answer
    assert (await Store.objects.aget(pk=grant["store"])).state == "requested"
    assert not await Usage.objects.aexists()


@pytest.mark.parametrize("kind", ["Zarr", "Sparse", "Fabriks", "Konnektion"])
async def test_finish_of_a_prefix_nobody_wrote_is_refused(lab, kind):
    answer = await finish(lab, kind, await request(lab, kind))
    assert answer.codes == ["INVALID_INPUT"]


@pytest.mark.parametrize("kind", ["Media", "Bigfile", "Kulisse", "Parquet"])
async def test_finish_of_an_object_nobody_wrote_is_refused(lab, kind):
    answer = await finish(lab, kind, await request(lab, kind))
    assert answer.codes == ["OBJECT_NOT_FOUND"]


async def test_finish_keeps_what_the_store_says_of_itself(lab):
    grant = await request(lab, "Fabriks")
    manifest = {"specVersion": "2.0", "grid": {"step": 4}, "axes": ["z", "y"], "counts": {"m": 2}}
    await put(lab, grant, "/fabriks.json", json.dumps(manifest).encode())
    await put(lab, grant, "/parts/0", b"x" * 100)
    assert not (await finish(lab, "Fabriks", grant)).errors
    row = await Store.objects.aget(pk=grant["store"])
    assert (row.state, row.objects_count) == ("populated", 2)
    assert row.size_bytes == 100 + len(json.dumps(manifest))
    assert row.metadata["specVersion"] == "2.0"
    assert len(row.digest) == 64
    usage = await Usage.objects.aget(user_id="1")
    assert (usage.stored_bytes, usage.stores) == (row.size_bytes, 1)


async def test_a_declaration_is_held_against_what_was_written(lab):
    for declared, accepted in (
        ({"shape": [8, 8]}, True),
        ({"shape": [8, 9]}, False),
        ({"chunks": [4, 4]}, True),
        ({"chunks": [8, 8]}, False),
        ({"shape": [8, 8], "chunks": [4, 4]}, True),
        ({"shape": []}, False),
    ):
        grant = await request(lab, "Zarr", **declared)
        await put(lab, grant, "/zarr.json", zarr_json((8, 8), chunks=(4, 4)))
        answer = await finish(lab, "Zarr", grant)
        assert (not answer.errors) is accepted, declared


async def test_what_was_given_up_is_swept_at_the_next_turn_and_not_read(lab):
    grant = await request(lab, "Zarr")
    await put(lab, grant, "/zarr.json", zarr_json((8, 8)))
    assert not (await finish(lab, "Zarr", grant, valid=False)).errors
    row = await Store.objects.aget(pk=grant["store"])
    assert row.state == "requested"
    assert row.expires_at <= now()
    given = {"storeId": grant["store"]}
    assert await lab.codes("RequestZarrAccess", input=given) == ["CONFLICT"]
    data = {"data": grant["store"], "scales": [], "name": "x", "axes": YX}
    assert await lab.codes("CreateArrayDataset", input=data) == ["CONFLICT"]


async def test_an_admin_goes_on_with_anybodys_upload_and_others_do_not(lab, mint):
    eve = lab.as_(mint.member(sub="3", roles=["editor"], preferred_username="eve"))
    grant = await request(eve, "Zarr")
    await put(lab, grant, "/zarr.json", zarr_json((8, 8)))
    other = lab.as_(mint.member(sub="4", roles=["editor"], preferred_username="oto"))
    assert (await finish(other, "Zarr", grant)).codes == ["PERMISSION_DENIED"]
    assert not (await finish(lab, "Zarr", grant)).errors
    # What it weighs is still hers.
    assert (await Usage.objects.aget()).user_id == "3"


async def test_an_upload_larger_than_may_be_is_refused_before_it_begins(lab, configured):
    configured(uploads={"max_bytes": 1000})
    for kind in sorted(NAMED):
        given = {"originalFileName": "a", "fileSize": 1001}
        answer = await lab.ask(f"Request{kind}Upload", input=given)
        assert answer.codes == ["PAYLOAD_TOO_LARGE"], kind
        assert "1000" in answer.errors[0]["message"]
        await lab.get(f"Request{kind}Upload", input={**given, "fileSize": 1000})


async def test_an_upload_that_became_larger_is_given_up(lab, configured):
    configured(uploads={"max_bytes": 1000})
    grant = await request(lab, "Media")
    await put(lab, grant, "", b"x" * 1001)
    answer = await finish(lab, "Media", grant)
    assert answer.codes == ["PAYLOAD_TOO_LARGE"]
    row = await Store.objects.aget(pk=grant["store"])
    assert (row.state, row.size_bytes) == ("requested", None)
    assert row.expires_at <= now()
    assert not await Usage.objects.aexists()


async def test_a_store_is_kept_as_long_as_the_configuration_says(lab, configured):
    configured(uploads={"expire_seconds": 3600})
    grant = await request(lab, "Zarr")
    row = await Store.objects.aget(pk=grant["store"])
    left = row.expires_at - now()
    assert timedelta(minutes=55) < left <= timedelta(hours=1)


@pytest.mark.parametrize("name", ["a/b.czi", "..", "C:\\x", "ü µ.czi", "a" * 1000])
async def test_a_file_name_is_a_name_and_never_a_path_in_the_store(lab, name):
    grant = await lab.get("RequestBigfileUpload", input={"originalFileName": name})
    organization, identifier = grant["key"].split("/")
    assert organization == "1"
    assert len(identifier) == 36
    row = await Store.objects.aget(pk=grant["store"])
    assert row.original_file_name == name
