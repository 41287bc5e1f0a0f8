"""Pods and their output."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from kabinet_server.jobs.store import sweep_logs
from kabinet_server.operations import pod as operations

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


KEPT = """query($id: ID!) { deployment(id: $id) {
  latestLogDump { logs } logDumps { logs container pod { id } } } }"""


async def test_output_outlives_its_container(shop, stranger):
    pod = await shop.running()
    deployment = pod["deployment"]["id"]
    await shop.get("DumpLogs", input={"pod": pod["id"], "logs": "the reason"})
    await shop.get("DeletePod", input={"id": pod["id"]})
    found = await shop.run(KEPT, id=deployment)
    assert found["latestLogDump"] == {"logs": "the reason"}
    assert found["logDumps"] == [{"logs": "the reason", "container": "c1", "pod": None}]
    foreign = await stranger.graphql(KEPT, stranger.member, id=deployment)
    assert [error["extensions"]["code"] for error in foreign.errors] == ["NOT_FOUND"]


async def test_a_deployment_keeps_so_much_and_no_more(shop, configure):
    configure(log_dumps={"dumps_per_pod": 2, "dumps_per_deployment": 3})
    pod = await shop.running()
    deployment = pod["deployment"]["id"]
    for name in ("c1", "c2", "c3"):
        pod = await shop.pod({"id": deployment}, name)
        for turn in (1, 2):
            await shop.get("DumpLogs", input={"pod": pod["id"], "logs": f"{name} {turn}"})
    kept = (await shop.run(KEPT, id=deployment))["logDumps"]
    assert sorted(dump["logs"] for dump in kept) == ["c2 2", "c3 1", "c3 2"]


async def test_output_of_removed_containers_is_forgotten_after_a_while(shop, monkeypatch):
    gone = await shop.running()
    deployment = gone["deployment"]["id"]
    stays = await shop.pod({"id": deployment}, "c2")
    for pod in (gone, stays):
        await shop.get("DumpLogs", input={"pod": pod["id"], "logs": pod["id"]})
    await shop.get("DeletePod", input={"id": gone["id"]})
    await sync_to_async(sweep_logs.function)()
    assert len((await shop.run(KEPT, id=deployment))["logDumps"]) == 2
    later = operations.now() + timedelta(days=31)
    monkeypatch.setattr(operations, "now", lambda: later)
    await sync_to_async(sweep_logs.function)()
    kept = (await shop.run(KEPT, id=deployment))["logDumps"]
    assert [dump["logs"] for dump in kept] == [stays["id"]]


@pytest.mark.parametrize("name", ["", "x" * 1001])
async def test_a_container_has_a_name(shop, name):
    release = await shop.release()
    await shop.backend()
    deployment = await shop.deploy(release)
    wish = {"deployment": deployment["id"], "localId": name}
    assert await shop.codes("CreatePod", input=wish) == ["INVALID_INPUT"]
