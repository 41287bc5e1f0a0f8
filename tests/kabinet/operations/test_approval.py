"""Approvals: given for what was seen, stale when it changes, taken back for good."""

from __future__ import annotations

import json

import pytest
from images import image
from servers import serving
from shop import AGENT

from kabinet_server.models import AuditEntry

OTHER_IMAGE = {"imageString": "r.example.org/cells@sha256:" + "b" * 64, "buildAt": None}
CAMERA = {"name": "camera", "kind": "device", "class": "video", "target": "/dev/video0"}
ENGINE = {"name": "engine", "kind": "container_engine"}
APPROVE = """mutation($input: ApproveReleaseInput!) {
  approveRelease(input: $input) { id consents { name isGranted host } } }"""


async def test_an_approval_is_for_what_was_reviewed(shop):
    release = await shop.release()
    wish = {"release": release["id"], "mandate": "m", "agent": AGENT, "digest": "sha256:other"}
    answer = await shop.ask("ApproveRelease", input=wish)
    assert answer.codes == ["RELEASE_CHANGED"]
    assert answer.errors[0]["extensions"]["field"] == "digest"
    approval = await shop.approve(release)
    assert (approval["approver"]["sub"], approval["agent"]) == ("1", AGENT)
    assert approval["digest"] == release["approvalDigest"]


@pytest.mark.parametrize("missing", ["mandate", "agent"])
async def test_mandate_and_agent_are_named(shop, missing):
    release = await shop.release()
    wish = {"release": release["id"], "mandate": "m", "agent": AGENT} | {missing: " "}
    wish["digest"] = release["approvalDigest"]
    assert await shop.codes("ApproveRelease", input=wish) == ["INVALID_INPUT"]


async def test_a_changed_release_makes_approvals_stale_and_the_old_content_wakes_them(shop):
    release = await shop.release()
    approval = await shop.approve(release)
    changed = image()
    changed["image"] = {**OTHER_IMAGE, "buildAt": "2026-01-01T00:00:00Z"}
    newer = await shop.get("CreateAppImage", input=changed)
    assert newer["approvalDigest"] != release["approvalDigest"]
    found = await shop.get("GetReleaseApproval", id=approval["id"])
    assert (found["isStale"], found["isActive"], found["revokedAt"]) == (True, False, None)
    assert (await shop.approve(newer))["isActive"]
    await shop.release()
    found = await shop.get("GetReleaseApproval", id=approval["id"])
    assert found["isActive"] is True


async def test_backends_of_others_cannot_be_named(shop, stranger):
    release = await shop.release()
    theirs = await stranger.backend()
    wish = {"release": release["id"], "mandate": "m", "agent": AGENT}
    wish |= {"digest": release["approvalDigest"], "backends": [theirs["id"]]}
    assert await shop.codes("ApproveRelease", input=wish) == ["NOT_FOUND"]


async def test_who_may_approve_and_who_may_take_it_back(shop, mint):
    release = await shop.release()
    member = shop.as_(mint.member(sub="7", roles=["user"]))
    approval = await member.approve(release)
    assert approval["approver"]["sub"] == "7"
    viewer = shop.as_(mint.member(sub="8", roles=["viewer"]))
    wish = {"release": release["id"], "mandate": "m", "agent": AGENT}
    wish["digest"] = release["approvalDigest"]
    assert await viewer.codes("ApproveRelease", input=wish) == ["PERMISSION_DENIED"]
    colleague = shop.as_(mint.member(sub="9", roles=["user"]))
    assert await colleague.codes("RevokeApproval", id=approval["id"]) == ["PERMISSION_DENIED"]
    revoked = await shop.get("RevokeApproval", id=approval["id"])
    assert revoked["revokedAt"] is not None


async def test_revoking_is_final_and_told_once(shop):
    release = await shop.release()
    approval = await shop.approve(release)
    first = await shop.get("RevokeApproval", id=approval["id"])
    again = await shop.get("RevokeApproval", id=approval["id"])
    assert first["revokedAt"] == again["revokedAt"]
    kinds = [one async for one in AuditEntry.objects.order_by("pk").values_list("kind", flat=True)]
    assert kinds == ["APPROVED", "REVOKED"]
    [left] = await shop.run("{ releaseApprovals(filters: {revoked: true}) { id } }")
    assert left["id"] == approval["id"]
    assert await shop.run("{ releaseApprovals(filters: {revoked: false}) { id } }") == []


async def test_a_revoked_approval_stops_what_runs_and_starts_nothing(shop):
    pod = await shop.running()
    approval = pod["deployment"]["approval"]["id"]
    [deployment] = await shop.get("ListDeployments")
    await shop.get("RevokeApproval", id=approval)
    new = {"deployment": deployment["id"], "localId": "c2"}
    assert await shop.codes("CreatePod", input=new) == ["APPROVAL_INACTIVE"]
    stopped = {"localId": "c1", "status": "STOPPED"}
    assert (await shop.get("UpdatePod", input=stopped))["status"] == "STOPPED"
    back = {"localId": "c1", "status": "RUNNING"}
    assert await shop.codes("UpdatePod", input=back) == ["APPROVAL_INACTIVE"]


async def test_capabilities_need_a_decision(shop):
    release = await shop.run(
        "mutation($input: AppImageInput!) { createAppImage(input: $input) { id approvalDigest "
        "flavours { id capabilities } } }",
        input=image(capabilities=[CAMERA]),
    )
    [flavour] = release["flavours"]
    assert flavour["capabilities"][0]["device_class"] == "video"
    wish = {"release": release["id"], "mandate": "m", "agent": AGENT}
    wish["digest"] = release["approvalDigest"]

    async def approve(*consents):
        given = {**wish, "consents": list(consents)}
        return await shop.graphql(APPROVE, shop.member, input=given)

    assert (await approve()).codes == ["CONSENT_MISSING"]
    declined = await approve({"name": "camera", "granted": False})
    assert "was declined" in declined.errors[0]["message"]
    unknown = await approve({"name": "camera", "granted": True}, {"name": "x", "granted": True})
    assert unknown.codes == ["INVALID_INPUT"]
    granted = await approve({"name": "camera", "granted": True, "host": "/dev/video2"})
    [approval] = granted.ok().values()
    assert approval["consents"] == [{"name": "camera", "isGranted": True, "host": "/dev/video2"}]
    await shop.backend()
    given = {"flavour": flavour["id"], "localId": "d", "approval": approval["id"]}
    deployment = await shop.get("CreateDeployment", input=given)
    grants = "query($id: ID!) { deployment(id: $id) { grants { name kind host target } } }"
    assert (await shop.run(grants, id=deployment["id"]))["grants"] == [
        {"name": "camera", "kind": "device", "host": "/dev/video2", "target": "/dev/video0"}
    ]


async def test_the_engine_is_granted_by_admins_alone(shop, mint):
    release = await shop.get("CreateAppImage", input=image(capabilities=[ENGINE]))
    wish = {"release": release["id"], "mandate": "m", "agent": AGENT}
    wish |= {"digest": release["approvalDigest"]}
    wish |= {"consents": [{"name": "engine", "granted": True}]}
    member = mint.member(sub="7", roles=["user"])
    assert (await shop.graphql(APPROVE, member, input=wish)).codes == ["CONSENT_MISSING"]
    assert (await shop.graphql(APPROVE, shop.member, input=wish)).ok()


@pytest.fixture
def fakts(configure):
    """Something that withdraws mandates, as far as the store can see; refuses when told to."""
    replies: list[bytes] = []

    def answer(*_: object) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, replies.pop() if replies else b'{"data": {}}'

    with serving(answer) as site:
        site.replies = replies
        configure(approvals={"mandates_url": f"{site.address}/graphql"})
        yield site


def withdrawn(fakts) -> list[str]:
    return [json.loads(body)["variables"]["id"] for body in fakts.bodies]


async def test_a_revoked_approval_takes_its_mandate_along(shop, fakts):
    approval = await shop.approve(await shop.release())
    assert withdrawn(fakts) == []
    await shop.get("RevokeApproval", id=approval["id"])
    assert withdrawn(fakts) == [approval["mandateId"]]
    assert fakts.asked[0][2]["authorization"] == shop.member.headers["Authorization"]


async def test_a_mandate_that_another_approval_stands_on_stays(shop, fakts):
    release = await shop.release()
    first, second = await shop.approve(release), await shop.approve(release)
    assert first["mandateId"] == second["mandateId"]
    await shop.get("RevokeApproval", id=first["id"])
    assert withdrawn(fakts) == []
    await shop.get("RevokeApproval", id=second["id"])
    assert withdrawn(fakts) == [first["mandateId"]]


async def test_an_approval_is_revoked_though_its_mandate_is_left(shop, fakts):
    approval = await shop.approve(await shop.release())
    fakts.replies.append(b"busy")
    assert await shop.codes("RevokeApproval", id=approval["id"]) == ["MANDATE_LEFT"]
    found = await shop.get("GetReleaseApproval", id=approval["id"])
    assert found["revokedAt"] is not None
    again = await shop.get("RevokeApproval", id=approval["id"])
    assert again["revokedAt"] == found["revokedAt"]
    assert len(withdrawn(fakts)) == 2


async def test_who_may_not_revoke_withdraws_nothing(shop, fakts, mint):
    approval = await shop.approve(await shop.release())
    colleague = shop.as_(mint.member(sub="9", roles=["user"]))
    assert await colleague.codes("RevokeApproval", id=approval["id"]) == ["PERMISSION_DENIED"]
    assert withdrawn(fakts) == []
