"""Backends that fall silent: the state of their pods is unknown, and comes back."""

from __future__ import annotations

from datetime import timedelta

from asgiref.sync import sync_to_async

from chassis import clock
from kabinet_server.models import Backend, Pod
from kabinet_server.operations.silence import silent_pods_mark

mark = sync_to_async(silent_pods_mark)


async def silence():
    await Backend.objects.aupdate(last_heartbeat=clock.now() - timedelta(hours=1))


async def test_the_pods_of_a_silent_backend_are_unknown_until_it_speaks(shop):
    pod = await shop.running()
    assert await mark() == 0
    await silence()
    online = "{ backends { isOnline } }"
    assert await shop.run(online) == [{"isOnline": False}]
    assert await mark() == 1
    assert await mark() == 0
    assert (await shop.get("GetPod", id=pod["id"]))["status"] == "UNKOWN"
    # What was said last is not forgotten: a deployer starts by it again what ended meanwhile.
    assert await shop.run("{ pods { reported } }") == [{"reported": "RUNNING"}]
    back = await shop.get("UpdatePod", input={"localId": "c1", "status": "RUNNING"})
    assert back["status"] == "RUNNING"
    assert await shop.run(online) == [{"isOnline": True}]


async def test_what_ended_before_stays_as_it_ended(shop):
    await shop.running()
    await shop.get("UpdatePod", input={"localId": "c1", "status": "FAILED"})
    await silence()
    assert await mark() == 0
    assert (await Pod.objects.aget()).status == "FAILED"
