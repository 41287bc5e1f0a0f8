"""Deployments: every condition of an approval is checked again."""

from __future__ import annotations

import pytest
from images import image
from shop import AGENT

WAYS = (
    "query($id: ID!) { deployment(id: $id) { previous { id } availableUpdate { version } params } }"
)
STATUS = (
    "mutation($id: ID!, $status: PodStatus!) "
    "{ updateDeployment(input: {deployment: $id, status: $status}) { status descriptors } }"
)


async def prepared(shop, **approval):
    release = await shop.release()
    backend = await shop.backend()
    found = await shop.approve(release, **approval)
    return (
        release,
        backend,
        {
            "flavour": release["flavours"][0]["id"],
            "localId": "cells",
            "approval": found["id"],
        },
    )


async def test_the_same_deployment_again_is_the_same(shop):
    _, _, wish = await prepared(shop)
    first = await shop.get("CreateDeployment", input=wish)
    assert (await shop.get("CreateDeployment", input=wish))["id"] == first["id"]
    other = await shop.get("CreateDeployment", input={**wish, "localId": "again"})
    assert other["id"] != first["id"]


async def test_an_approval_is_needed_unless_configured_otherwise(shop, configure):
    _, _, wish = await prepared(shop)
    text = "mutation($input: CreateDeploymentInput!) { createDeployment(input: $input) { id } }"
    old = {"flavour": wish["flavour"], "localId": "old"}
    assert (await shop.graphql(text, shop.member, input=old)).codes == ["INVALID_INPUT"]
    configure(approvals={"required": False})
    assert (await shop.graphql(text, shop.member, input=old)).ok()


async def test_an_approval_covers_its_release_agent_and_backends(shop, mint):
    _, _, wish = await prepared(shop)
    other = await shop.release("org.example.other")
    foreign = {**wish, "flavour": other["flavours"][0]["id"]}
    assert await shop.codes("CreateDeployment", input=foreign) == ["APPROVAL_INACTIVE"]
    stranger_app = shop.as_(mint.member(client_app="org.evil.app"))
    answer = await stranger_app.ask("CreateDeployment", input=wish)
    assert answer.codes == ["APPROVAL_INACTIVE"]
    assert AGENT in answer.errors[0]["message"]
    second = shop.as_(mint.member(client_id="second-machine"))
    backend = await second.backend("Second")
    release = await shop.get("GetRelease", id=(await shop.get("ListReleases"))[-1]["id"])
    limited = await shop.approve(release, backends=[backend["id"]])
    only = {**wish, "approval": limited["id"]}
    assert await shop.codes("CreateDeployment", input=only) == ["APPROVAL_INACTIVE"]
    assert await second.get("CreateDeployment", input=only)


async def test_a_revoked_or_stale_approval_covers_nothing(shop):
    release, _, wish = await prepared(shop)
    changed = image()
    changed["manifest"]["scopes"] = ["openid", "admin"]
    await shop.get("CreateAppImage", input=changed)
    answer = await shop.ask("CreateDeployment", input=wish)
    assert answer.codes == ["APPROVAL_INACTIVE"]
    assert "changed" in answer.errors[0]["message"]
    await shop.release()
    await shop.get("RevokeApproval", id=wish["approval"])
    answer = await shop.ask("CreateDeployment", input=wish)
    assert "revoked" in answer.errors[0]["message"]
    assert release["id"]


async def test_a_client_that_is_no_backend_deploys_nothing(shop, mint):
    _, _, wish = await prepared(shop)
    other = shop.as_(mint.member(client_id="no-backend"))
    assert await other.codes("CreateDeployment", input=wish) == ["NOT_FOUND"]
    user = shop.as_(mint.member(roles=["user"]))
    assert await user.codes("CreateDeployment", input=wish) == ["PERMISSION_DENIED"]


@pytest.mark.parametrize("name", ["", " ", "x" * 1001])
async def test_a_deployment_has_a_name_at_its_backend(shop, name):
    _, _, wish = await prepared(shop)
    assert await shop.codes("CreateDeployment", input={**wish, "localId": name}) == [
        "INVALID_INPUT"
    ]


async def test_an_update_is_noticed_and_the_way_back_is_known(shop):
    _, _, wish = await prepared(shop)
    old = await shop.get("CreateDeployment", input=wish)
    assert (await shop.run(WAYS, id=old["id"]))["availableUpdate"] is None
    for version in ("1.0.0-rc.1", "0.9", "1.10.0", "1.9.0"):
        await shop.release("org.example.cells", version)
    ways = await shop.run(WAYS, id=old["id"])
    assert ways["availableUpdate"] == {"version": "1.10.0"}
    newer = await shop.get("GetRelease", id=await _release(shop, "1.10.0"))
    approval = await shop.approve(newer)
    text = "mutation($input: CreateDeploymentInput!) { createDeployment(input: $input) { id } }"
    given = {
        "flavour": newer["flavours"][0]["id"],
        "localId": "cells",
        "approval": approval["id"],
        "replaces": old["id"],
        "params": {"threads": 3},
    }
    new = await shop.run(text, input=given)
    ways = await shop.run(WAYS, id=new["id"])
    assert ways == {
        "previous": {"id": old["id"]},
        "availableUpdate": None,
        "params": {"threads": 3},
    }


async def _release(shop, version):
    found = await shop.get("ListReleases")
    return next(one["id"] for one in found if one["version"] == version)


async def test_a_backend_sets_the_state_of_its_own_deployments(shop, mint):
    _, _, wish = await prepared(shop)
    made = await shop.get("CreateDeployment", input=wish)
    found = await shop.run(STATUS, id=made["id"], status="FAILED")
    assert found["status"] == "FAILED"
    assert found["descriptors"]["@kabinet/status"] == "FAILED"
    other = mint.member(sub="9", client_id="another", roles=["deployer"])
    answer = await shop.graphql(STATUS, other, id=made["id"], status="RUNNING")
    assert answer.codes == ["PERMISSION_DENIED"]
    admin = mint.member(sub="9", client_id="another", roles=["admin"])
    assert (await shop.graphql(STATUS, admin, id=made["id"], status="STOPPED")).ok()


async def test_values_are_objects(shop):
    _, _, wish = await prepared(shop)
    for field in ("secretParams",):
        assert await shop.codes("CreateDeployment", input={**wish, field: [1]}) == ["INVALID_INPUT"]
