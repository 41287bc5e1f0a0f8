"""Leases in the database: no two containers ever hold a card that one of them holds alone."""

from __future__ import annotations

import asyncio
from collections import Counter

from images import image

from kabinet_server.models import Lease

NEEDS_CARD = [{"kind": "cuda", "memory": 4000}]
LEASES = "query($id: ID!) { pod(id: $id) { leases { kind device mode amount } } }"
CARDS = {"cuda.devices": "GPU-a:24000,GPU-b:24000", "cuda.count": "2", "cuda.memory": "24000"}


async def prepared(shop, selectors=NEEDS_CARD, **values):
    release = await shop.get("CreateAppImage", input=image(selectors=selectors))
    backend = await shop.backend()
    resource = await shop.resource(backend, {**CARDS, **values})
    return await shop.deploy(release), resource


async def leases(shop, pod):
    return (await shop.run(LEASES, id=pod["id"]))["leases"]


async def devices(shop, pod):
    return [one["device"] for one in await leases(shop, pod)]


def wish(deployment, resource, name):
    return {"deployment": deployment["id"], "localId": name, "resource": resource["id"]}


async def test_a_pod_gets_a_card_and_gives_it_back_when_it_ends(shop):
    deployment, resource = await prepared(shop)
    first = await shop.pod(deployment, "c1", resource=resource["id"])
    assert await leases(shop, first) == [
        {"kind": "cuda", "device": "GPU-a", "mode": "EXCLUSIVE", "amount": 4000}
    ]
    second = await shop.pod(deployment, "c2", resource=resource["id"])
    assert await devices(shop, second) == ["GPU-b"]
    third = wish(deployment, resource, "c3")
    answer = await shop.ask("CreatePod", input=third)
    assert answer.codes == ["RESOURCE_EXHAUSTED"]
    assert "cuda: 0 free, 1 needed" in answer.errors[0]["message"]
    assert await shop.get("MyPodAt", localId="c3") is None
    await shop.get("UpdatePod", input={"localId": "c1", "status": "STOPPED"})
    assert await devices(shop, first) == []
    assert await devices(shop, await shop.get("CreatePod", input=third)) == ["GPU-a"]


async def test_a_container_that_starts_again_gets_its_own_card_or_stays(shop):
    deployment, resource = await prepared(shop)
    first = await shop.pod(deployment, "c1", resource=resource["id"])
    await shop.get("UpdatePod", input={"localId": "c1", "status": "FAILED"})
    await shop.get("UpdatePod", input={"localId": "c1", "status": "PENDING"})
    assert await devices(shop, first) == ["GPU-a"]
    await shop.get("UpdatePod", input={"localId": "c1", "status": "STOPPED"})
    await shop.pod(deployment, "c2", resource=resource["id"])
    back = {"localId": "c1", "status": "RUNNING"}
    assert await shop.codes("UpdatePod", input=back) == ["RESOURCE_EXHAUSTED"]
    assert (await shop.get("MyPodAt", localId="c1"))["status"] == "STOPPED"


async def test_a_pod_that_is_forgotten_gives_its_card_back(shop):
    deployment, resource = await prepared(shop)
    pods = [await shop.pod(deployment, name, resource=resource["id"]) for name in ("c1", "c2")]
    await shop.get("DeletePod", input={"id": pods[0]["id"]})
    assert await devices(shop, await shop.pod(deployment, "c3", resource=resource["id"])) == [
        "GPU-a"
    ]


async def test_registering_twice_takes_one_card(shop):
    deployment, resource = await prepared(shop)
    first = await shop.pod(deployment, "c1", resource=resource["id"])
    await shop.pod(deployment, "c1", resource=resource["id"])
    assert await devices(shop, first) == ["GPU-a"]
    assert await Lease.objects.filter(released_at=None).acount() == 1


async def test_cards_are_shared_where_the_backend_says_so(shop):
    deployment, resource = await prepared(shop, **{"cuda.sharing": "shared:2"})
    pods = [await shop.pod(deployment, f"c{n}", resource=resource["id"]) for n in range(4)]
    held = Counter([(await devices(shop, pod))[0] for pod in pods])
    assert held == {"GPU-a": 2, "GPU-b": 2}
    assert await shop.codes("CreatePod", input=wish(deployment, resource, "c9")) == [
        "RESOURCE_EXHAUSTED"
    ]


async def test_cores_and_memory_are_leased_too(shop):
    selectors = [{"kind": "cpu", "minCount": 3}, {"kind": "ram", "min": 500}]
    deployment, resource = await prepared(
        shop, selectors, **{"cpu.count": "4", "ram.total": "2000"}
    )
    pod = await shop.pod(deployment, "c1", resource=resource["id"])
    assert [(one["kind"], one["amount"]) for one in await leases(shop, pod)] == [
        ("cpu", 3),
        ("ram", 500),
    ]
    answer = await shop.ask("CreatePod", input=wish(deployment, resource, "c2"))
    assert "cpu: 1 free, 3 needed" in answer.errors[0]["message"]


async def test_of_many_at_once_as_many_get_a_card_as_there_are(shop):
    deployment, resource = await prepared(shop)
    answers = await asyncio.gather(
        *(shop.ask("CreatePod", input=wish(deployment, resource, f"c{n}")) for n in range(8))
    )
    refused = [one.codes for one in answers if one.errors]
    assert refused == [["RESOURCE_EXHAUSTED"]] * 6
    held = [
        one async for one in Lease.objects.filter(released_at=None).values_list("device", flat=True)
    ]
    assert sorted(held) == ["GPU-a", "GPU-b"]


async def test_a_resource_of_another_backend_is_not_leased(shop, mint):
    deployment, _ = await prepared(shop)
    other = shop.as_(mint.member(client_id="second-machine"))
    theirs = await other.resource(await other.backend("Second"))
    assert await shop.codes("CreatePod", input=wish(deployment, theirs, "c1")) == ["NOT_FOUND"]
