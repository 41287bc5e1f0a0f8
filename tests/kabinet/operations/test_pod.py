"""Pods and their output."""

from __future__ import annotations

import pytest

LOGS = "query($id: ID!) { pod(id: $id) { latestLogDump { logs } logDumps { logs } } }"


async def test_a_pod_begins_pending_and_its_deployment_follows_it(shop):
    pod = await shop.running()
    deployment = pod["deployment"]["id"]
    status = "query($id: ID!) { deployment(id: $id) { status } }"
    assert (await shop.run(status, id=deployment))["status"] == "RUNNING"
    for reported, expected in (("STOPPING", "STOPPING"), ("FAILED", "FAILED")):
        await shop.get("UpdatePod", input={"pod": pod["id"], "status": reported})
        assert (await shop.run(status, id=deployment))["status"] == expected
    impossible = {"pod": pod["id"], "status": "STOPPING"}
    assert await shop.codes("UpdatePod", input=impossible) == ["CONFLICT"]
    again = await shop.get("UpdatePod", input={"pod": pod["id"], "status": "PENDING"})
    assert again["status"] == "PENDING"


async def test_a_pod_is_one_for_each_name_at_its_backend(shop):
    release = await shop.release()
    await shop.backend()
    deployment = await shop.deploy(release)
    first = await shop.pod(deployment, "c1")
    again = await shop.pod(deployment, "c1", clientId="client")
    assert (first["id"], again["clientId"]) == (again["id"], "client")
    assert len(await shop.get("ListPod")) == 1


async def test_only_the_backend_that_runs_a_pod_reports_it(shop, mint):
    pod = await shop.running()
    other = shop.as_(mint.member(client_id="second-machine"))
    await other.backend("Second")
    report = {"pod": pod["id"], "status": "STOPPED"}
    assert await other.codes("UpdatePod", input=report) == ["PERMISSION_DENIED"]
    assert await other.codes("DumpLogs", input={"pod": pod["id"], "logs": "x"}) == [
        "PERMISSION_DENIED"
    ]
    by_name = {"localId": "c1", "status": "STOPPED"}
    assert await other.codes("UpdatePod", input=by_name) == ["NOT_FOUND"]
    assert await other.get("MyPodAt", localId="c1") is None
    # An admin may forget it all the same; another deployer may not.
    deployer = shop.as_(mint.member(sub="9", client_id="x", roles=["deployer"]))
    assert await deployer.codes("DeletePod", input={"id": pod["id"]}) == ["PERMISSION_DENIED"]
    assert await other.get("DeletePod", input={"id": pod["id"]}) == pod["id"]


async def test_a_pod_is_named(shop):
    await shop.backend()
    assert await shop.codes("UpdatePod", input={"status": "RUNNING"}) == ["INVALID_INPUT"]
    for pod in ("x", "999999", "1" * 40, "-1", "\u0661"):
        assert await shop.codes("UpdatePod", input={"pod": pod, "status": "RUNNING"}) == [
            "NOT_FOUND"
        ]


async def test_a_container_is_found_by_the_client_it_logs_in_as(shop, stranger):
    release = await shop.release()
    await shop.backend()
    deployment = await shop.deploy(release)
    pod = await shop.pod(deployment, "c1", clientId="inside")
    text = "query($id: ID!) { podForAgent(clientId: $id) { id name } }"
    found = await shop.run(text, id="inside")
    assert found == {"id": pod["id"], "name": "Docker vanilla org.example.cells"}
    assert await stranger.run(text, id="inside") is None


async def test_output_is_bounded_masked_and_the_newest_is_kept(shop, configure):
    configure(log_dumps={"dump_bytes": 1024, "dumps_per_pod": 2})
    pod = await shop.running()
    key = "bmk_" + "x" * 40
    for text in ("first", f"key {key}\x00", "y" * 5000 + "end"):
        await shop.get("DumpLogs", input={"pod": pod["id"], "logs": text})
    found = await shop.run(LOGS, id=pod["id"])
    assert found["latestLogDump"]["logs"].endswith("end")
    assert len(found["latestLogDump"]["logs"]) == 1024
    assert len(found["logDumps"]) == 2
    assert key not in str(found)
    assert "[masked]" in str(found)


@pytest.mark.parametrize("name", ["", "x" * 1001])
async def test_a_container_has_a_name(shop, name):
    release = await shop.release()
    await shop.backend()
    deployment = await shop.deploy(release)
    wish = {"deployment": deployment["id"], "localId": name}
    assert await shop.codes("CreatePod", input=wish) == ["INVALID_INPUT"]
