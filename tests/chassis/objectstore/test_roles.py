"""A role for each grant: what session policies of Ceph 16 cannot do, and nothing wider."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import boto3
import pytest
import rgw
from servers import BotoClient, Refused, Target

from chassis.objectstore.contract import GrantScope, Mode
from chassis.objectstore.errors import GrantRefused
from chassis.objectstore.roles import PATH, role_policy
from chassis.objectstore.sts import StsStore, policy_of

BUCKET = "mikro-zarr"


@pytest.fixture
async def by_roles(ceph: Target) -> AsyncIterator[StsStore]:
    store = StsStore(ceph.config)
    await store.ensure_buckets()
    yield store
    await store.aclose()


@pytest.fixture
def iam(ceph: Target) -> Any:
    keys = {"aws_access_key_id": rgw.ACCESS_KEY, "aws_secret_access_key": rgw.SECRET_KEY}
    return boto3.client("iam", endpoint_url=ceph.url, region_name="us-east-1", **keys)


def roles(iam: Any) -> set[str]:
    return {role["RoleName"] for role in iam.list_roles(PathPrefix=PATH)["Roles"]}


def scope_of(prefix: str) -> GrantScope:
    return GrantScope(bucket=BUCKET, prefix=prefix, mode=Mode.WRITE)


def test_a_role_is_allowed_what_the_policy_says_and_the_bucket_itself() -> None:
    policy = policy_of(scope_of("o/s"))
    wider = json.loads(role_policy(policy, BUCKET))
    *same, more = wider["Statement"]
    assert same == json.loads(policy)["Statement"]
    assert more == {
        "Effect": "Allow",
        "Action": ["s3:DeleteObject"],
        "Resource": [f"arn:aws:s3:::{BUCKET}"],
    }, "no star: the name of a bucket matches no key"
    assert " " not in role_policy(policy, BUCKET), "form decoding keeps its `+`"


async def test_sts_policies_of_this_ceph_refuse_each_key_of_a_bulk_delete(
    ceph_policies: Target, prefix: str
) -> None:
    store = StsStore(ceph_policies.config)
    await store.ensure_buckets()
    client = BotoClient(ceph_policies.url, await store.grant_write(scope_of(prefix)))
    await store.aclose()
    client.put(f"{prefix}/x", b"x")
    with pytest.raises(Refused, match="AccessDenied"):
        client.delete([f"{prefix}/x"])
    assert client.get(f"{prefix}/x") == b"x", "if it is gone, role_per_grant is not needed here"


async def test_sts_roles_open_their_prefix_until_they_are_removed(
    ceph: Target, by_roles: StsStore, iam: Any, prefix: str
) -> None:
    before = roles(iam)
    client = BotoClient(ceph.url, await by_roles.grant_write(scope_of(prefix)))
    [name] = roles(iam) - before
    client.put(f"{prefix}/x", b"x")
    client.delete([f"{prefix}/x", f"{prefix}/never"])
    with pytest.raises(Refused, match="NoSuchKey"):
        client.get(f"{prefix}/x")
    await by_roles._roles.remove(name)
    with pytest.raises(Refused):
        client.put(f"{prefix}/x", b"x")
    assert name not in roles(iam)


async def test_sts_roles_of_ended_grants_are_removed_and_no_others(
    ceph: Target, by_roles: StsStore, iam: Any, prefix: str
) -> None:
    client = BotoClient(ceph.url, await by_roles.grant_write(scope_of(prefix)))
    policy = role_policy(policy_of(scope_of(prefix)), BUCKET)
    ended, _ = await by_roles._roles.make(policy, -60)
    trust = iam.get_role(RoleName=ended)["Role"]["AssumeRolePolicyDocument"]
    text = json.dumps(trust, separators=(",", ":"))
    iam.create_role(RoleName="somebodys", Path=PATH, AssumeRolePolicyDocument=text)
    try:
        assert await by_roles.end_grants() >= 1
        assert ended not in roles(iam)
        assert "somebodys" in roles(iam)
        client.put(f"{prefix}/x", b"x")
        assert await by_roles.end_grants() == 0
    finally:
        iam.delete_role(RoleName="somebodys")


async def test_sts_roles_that_cannot_be_narrowed_do_not_stay(by_roles: StsStore, iam: Any) -> None:
    before = roles(iam)
    with pytest.raises(GrantRefused, match="PutRolePolicy"):
        await by_roles._roles.make("no policy", 900)
    assert roles(iam) == before


async def test_sts_reads_and_single_objects_need_no_role(
    by_roles: StsStore, iam: Any, prefix: str
) -> None:
    before = roles(iam)
    await by_roles.grant_read(GrantScope(bucket=BUCKET, prefix=prefix))
    await by_roles.grant_write(GrantScope(bucket=BUCKET, key=prefix))
    assert roles(iam) == before


async def test_sts_makes_no_role_after_one_it_may_not_read(ceph: Target, iam: Any) -> None:
    sts = ceph.config.sts.model_copy(update={"role_arn": "arn:aws:iam:::role/none"})
    store = StsStore(ceph.config.model_copy(update={"sts": sts}))
    before = roles(iam)
    with pytest.raises(GrantRefused, match="GetRole"):
        await store.grant_write(scope_of("o/p"))
    assert roles(iam) == before
    await store.aclose()


async def test_sts_policies_alone_leave_nothing_to_remove(ceph_policies: Target) -> None:
    store = StsStore(ceph_policies.config)
    assert await store.end_grants() == 0
    await store.aclose()
