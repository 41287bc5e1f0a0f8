"""Limits on stored bytes by GraphQL: who sees which, who sets them, and that they hold."""

from __future__ import annotations

import pytest

from mikro_server.models import Quota

READ = """
query($everybody: Boolean!) {
  storageQuotas(everybody: $everybody) {
    holder user { id } usedBytes limitBytes setBytes installationBytes
  }
}
"""
SET = """
mutation($user: ID, $limit: ByteCount) {
  setStorageQuota(input: {user: $user, limitBytes: $limit}) { holder usedBytes limitBytes }
}
"""


@pytest.fixture
def quotas(lab):
    async def read(member=None, everybody=True):
        answer = await lab.graphql(READ, member or lab.member, everybody=everybody)
        return {one["user"] and one["user"]["id"]: one for one in answer.ok()["storageQuotas"]}

    return read


@pytest.fixture
def set_quota(lab):
    async def write(limit, user=None, member=None):
        return await lab.graphql(SET, member or lab.member, user=user, limit=limit)

    return write


@pytest.fixture
def eve(mint):
    return mint.member(sub="3", roles=["editor"], preferred_username="eve")


async def test_without_limits_what_is_kept_is_told(lab, quotas, eve):
    await lab.file("ours", b"x" * 700)
    await lab.as_(eve).file("hers", b"x" * 300)
    nothing = {"limitBytes": None, "setBytes": None, "installationBytes": None}
    user = {"holder": "USER", **nothing}
    found = await quotas()
    assert found == {
        None: {"holder": "ORGANIZATION", "user": None, "usedBytes": 1000, **nothing},
        "1": {"user": {"id": "1"}, "usedBytes": 700, **user},
        "3": {"user": {"id": "3"}, "usedBytes": 300, **user},
    }
    assert list(found) == [None, "1", "3"], "the organization first, then who keeps most"


async def test_who_is_no_admin_sees_the_organization_and_oneself(lab, quotas, eve, mint):
    await lab.file("ours", b"x" * 700)
    denied = await lab.graphql(READ, eve, everybody=True)
    assert denied.codes == ["PERMISSION_DENIED"]
    found = await quotas(mint.member(sub="9", roles=["viewer"]), everybody=False)
    assert found.keys() == {None, "9"}
    assert (found[None]["usedBytes"], found["9"]["usedBytes"]) == (700, 0)


async def test_a_limit_that_was_set_holds_until_it_is_lifted(lab, set_quota):
    await lab.file("first", b"x" * 700)
    answer = (await set_quota(1000)).ok()["setStorageQuota"]
    assert answer == {"holder": "ORGANIZATION", "usedBytes": 700, "limitBytes": 1000}
    assert (await lab.get("RequestZarrUpload", input={}))["maxBytes"] == 300
    late = {"originalFileName": "b", "fileSize": 400}
    refused = await lab.ask("RequestBigfileUpload", input=late)
    assert refused.codes == ["QUOTA_EXCEEDED"]
    assert "1000" in refused.errors[0]["message"] and "700" in refused.errors[0]["message"]
    less = (await set_quota(500)).ok()["setStorageQuota"]
    assert less == {"holder": "ORGANIZATION", "usedBytes": 700, "limitBytes": 500}
    assert await lab.codes("RequestZarrUpload", input={}) == ["QUOTA_EXCEEDED"]
    assert (await set_quota(None)).ok()["setStorageQuota"]["limitBytes"] is None
    await lab.get("RequestBigfileUpload", input=late)
    assert await Quota.objects.acount() == 0


async def test_a_limit_of_a_person_is_theirs_alone(lab, quotas, set_quota, eve):
    hers = lab.as_(eve)
    await hers.file("hers", b"x" * 300)
    (await set_quota(400, user="3")).ok()
    assert (await hers.get("RequestZarrUpload", input={}))["maxBytes"] == 100
    assert (await lab.get("RequestZarrUpload", input={}))["maxBytes"] > 400
    found = await quotas()
    assert (found["3"]["setBytes"], found["3"]["usedBytes"]) == (400, 300)
    assert found["1"]["setBytes"] is None and found[None]["setBytes"] is None


async def test_the_limit_of_the_installation_stands_above(lab, quotas, set_quota, configured):
    configured(quota={"organization_bytes": 2000, "user_bytes": 1500})
    await lab.file("first", b"x" * 100)
    (await set_quota(5000)).ok()
    (await set_quota(600, user="1")).ok()
    found = await quotas()
    house, me = found[None], found["1"]
    told = [house[name] for name in ("limitBytes", "setBytes", "installationBytes")]
    assert told == [2000, 5000, 2000]
    assert (me["limitBytes"], me["installationBytes"]) == (600, 1500)
    assert (await lab.get("RequestZarrUpload", input={}))["maxBytes"] == 500


async def test_only_admins_set_limits_and_only_in_their_organization(
    lab, quotas, set_quota, eve, stranger
):
    await lab.as_(eve).file("hers", b"x" * 300)
    assert (await set_quota(1, member=eve)).codes == ["PERMISSION_DENIED"]
    assert (await set_quota(1, user="3", member=stranger.member)).codes == ["NOT_FOUND"]
    assert (await set_quota(1, user="nobody")).codes == ["NOT_FOUND"]
    (await set_quota(7, member=stranger.member)).ok()
    assert (await quotas())[None]["setBytes"] is None
    theirs = await quotas(stranger.member)
    assert theirs[None]["setBytes"] == 7 and "3" not in theirs


@pytest.mark.parametrize("limit", [-1, 2**63, 1.5, "much"])
async def test_a_limit_is_a_number_of_bytes(set_quota, quotas, limit):
    assert (await set_quota(limit)).errors
    assert (await quotas())[None]["setBytes"] is None
