"""Matching against rows: hardware, leases, capabilities, silence."""

from __future__ import annotations

from datetime import timedelta

from images import image
from shop import BIG

from chassis import clock
from kabinet_server.models import Backend

MATCH = """query($release: ID, $definition: ID, $hash: ActionHash, $flavour: ID, $backend: ID) {
  matchFlavours(release: $release, definition: $definition, hash: $hash, flavour: $flavour,
    backend: $backend) {
      fits { flavour { name } resource { name } score reasons }
      misfits { flavour { name } reasons } nearest { flavour { name } reasons } explanation } }"""


async def prepared(shop, **vanilla):
    await shop.release("org.example.cells", "1.0.0", "vanilla")
    cuda = image("org.example.cells", "1.0.0", "cuda", selectors=[{"kind": "cuda"}], **vanilla)
    return await shop.get("CreateAppImage", input=cuda)


async def test_the_flavour_with_the_card_is_chosen_where_there_is_one(shop):
    release = await prepared(shop)
    backend = await shop.backend()
    await shop.resource(backend, {"cpu.arch": "amd64"}, localId="plain")
    found = await shop.run(MATCH, release=release["id"])
    assert [one["flavour"]["name"] for one in found["fits"]] == ["vanilla"]
    assert found["misfits"] == [{"flavour": {"name": "cuda"}, "reasons": ["cuda.count: 0 < 1"]}]
    await shop.resource(backend, BIG, localId="big")
    found = await shop.run(MATCH, release=release["id"])
    assert found["fits"][0] == {
        "flavour": {"name": "cuda"},
        "resource": {"name": "big"},
        "score": 0,
        "reasons": [],
    }


async def test_where_nothing_fits_the_nearest_is_named(shop):
    release = await shop.get("CreateAppImage", input=image(selectors=[{"kind": "rocm"}]))
    await shop.resource(await shop.backend())
    found = await shop.run(MATCH, release=release["id"])
    assert found["fits"] == []
    assert found["nearest"]["reasons"] == ["rocm.count: 0 < 1"]
    assert found["explanation"] == "vanilla: rocm.count: 0 < 1"


async def test_an_action_leads_to_what_installs_it(shop):
    await prepared(shop)
    await shop.resource(await shop.backend())
    [definition] = await shop.get("ListDefinitions")
    by_id = await shop.run(MATCH, definition=definition["id"])
    by_hash = await shop.run(MATCH, hash=definition["hash"])
    assert by_id == by_hash
    assert by_id["fits"][0]["flavour"]["name"] == "cuda"


async def test_one_thing_is_asked_for(shop, stranger):
    release = await prepared(shop)
    both = await shop.graphql(MATCH, shop.member, release=release["id"], definition="1")
    assert both.codes == ["INVALID_INPUT"]
    assert (await shop.graphql(MATCH, shop.member)).codes == ["INVALID_INPUT"]
    for given in ({"flavour": "999"}, {"hash": "0" * 64}, {"release": "x"}):
        assert (await shop.graphql(MATCH, shop.member, **given)).codes == ["NOT_FOUND"]
    theirs = await stranger.backend()
    answer = await shop.graphql(MATCH, shop.member, release=release["id"], backend=theirs["id"])
    assert answer.codes == ["NOT_FOUND"]


async def test_a_card_in_use_fits_nobody_else(shop):
    release = await prepared(shop)
    backend = await shop.backend()
    resource = await shop.resource(backend, {"cuda.count": "1"})
    flavour = next(one for one in release["flavours"] if one["name"] == "cuda")
    deployment = await shop.deploy({**release, "flavours": [flavour]})
    await shop.pod(deployment, "c1", resource=resource["id"])
    found = await shop.run(MATCH, flavour=flavour["id"])
    assert found["misfits"][0]["reasons"] == ["in use: cuda: 0 free, 1 needed"]


async def test_a_machine_without_a_capability_does_not_fit(shop):
    camera = {"name": "eye", "kind": "device", "class": "video", "target": "/dev/video0"}
    release = await shop.get("CreateAppImage", input=image(capabilities=[camera]))
    backend = await shop.backend()
    await shop.resource(backend, {})
    found = await shop.run(MATCH, release=release["id"])
    assert found["misfits"][0]["reasons"] == [
        "capability eye: this machine cannot provide a video device"
    ]
    await shop.resource(backend, {"capability.device.video": "/dev/video0"})
    assert len((await shop.run(MATCH, release=release["id"]))["fits"]) == 1


async def test_a_silent_backend_is_passed_over_with_its_reason(shop):
    release = await prepared(shop)
    backend = await shop.backend()
    await shop.resource(backend)
    await Backend.objects.aupdate(last_heartbeat=clock.now() - timedelta(hours=1))
    found = await shop.run(MATCH, release=release["id"], backend=backend["id"])
    assert found["fits"] == []
    assert {one["reasons"][-1] for one in found["misfits"]} == {"Docker: not online"}
