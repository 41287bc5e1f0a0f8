"""Nothing but a valid grant opens anything, and it opens its scope only; on every driver."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from servers import BotoClient, FrontProcess, Refused, Target, boto_client, raw

from chassis.errors import InvalidInput
from chassis.objectstore import tokens
from chassis.objectstore.config import ObjectStoreConfig, StsConfig
from chassis.objectstore.contract import Grant, GrantScope, Mode, ObjectStore
from chassis.objectstore.errors import GrantRefused, StorageUnavailable
from chassis.objectstore.front.auth import Caller
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.stores import open_store
from chassis.objectstore.sts import policy_of
from conftest import TARGETS

#: Shrinking over the wire would take minutes.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
DENIED = {
    "AccessDenied",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidArgument",  # what Ceph says of a token it cannot read
    "InvalidClientTokenId",
    "403",
}


@pytest.fixture(scope="session", params=(*TARGETS, "ceph_policies"))
def target(request: pytest.FixtureRequest) -> Target:
    """Both ways of Ceph: a role for each grant, and session policies alone."""
    return request.getfixturevalue(request.param)


def code_of(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])


async def test_forged_credentials_open_nothing(
    target: Target, store: ObjectStore, grant: Grant, prefix: str
) -> None:
    good = boto_client(target.url, grant)
    about = {"Bucket": grant.bucket, "Key": f"{prefix}/secret"}
    good.put_object(**about, Body=b"secret")
    other = await store.grant_write(GrantScope(bucket=grant.bucket, prefix=f"{prefix}x"))
    forged = {
        "wrong secret": replace(grant, secret_key="x" * 40),
        "unknown key": replace(grant, access_key="NOSUCHKEY1234567890"),
        "bogus token": replace(grant, session_token="bogus"),
        "another's token": replace(grant, session_token=other.session_token),
        "another's keys": replace(other, session_token=grant.session_token),
        "one letter": replace(grant, session_token=grant.session_token[:-2] + "AA"),
    }
    for what, fake in forged.items():
        s3 = boto_client(target.url, fake)
        assert code_of(s3.get_object, **about) in DENIED, what
        assert code_of(s3.put_object, **about, Body=b"x") in DENIED, what
    assert good.get_object(**about)["Body"].read() == b"secret"


def test_anonymous_callers_see_nothing(target: Target, grant: Grant, prefix: str) -> None:
    boto_client(target.url, grant).put_object(Bucket=grant.bucket, Key=f"{prefix}/x", Body=b"x")
    for method, path in (
        ("GET", f"/{grant.bucket}/{prefix}/x"),
        ("PUT", f"/{grant.bucket}/{prefix}/y"),
        ("DELETE", f"/{grant.bucket}/{prefix}/x"),
        ("GET", f"/{grant.bucket}?list-type=2&prefix={prefix}/"),
        ("POST", f"/{grant.bucket}?delete"),
    ):
        assert raw(target.url, method, path, b"x" if method == "PUT" else b"").status_code in (
            400,
            403,
        )
    client = BotoClient(target.url, grant)
    assert client.list(f"{prefix}/") == [f"{prefix}/x"]


def signed(target: Target, grant: Grant, method: str, path: str, body: bytes) -> dict[str, str]:
    keys = Credentials(grant.access_key, grant.secret_key, grant.session_token)
    request = AWSRequest(method=method, url=target.url + path, data=body)
    S3SigV4Auth(keys, "s3", "us-east-1").add_auth(request)
    return dict(request.headers)


def test_a_tampered_body_is_not_kept(target: Target, grant: Grant, prefix: str) -> None:
    path = f"/{grant.bucket}/{prefix}/t"
    headers = signed(target, grant, "PUT", path, b"AAAA")
    assert httpx.put(target.url + path, content=b"BBBB", headers=headers).status_code == 400
    with pytest.raises(Refused, match="NoSuchKey"):
        BotoClient(target.url, grant).get(f"{prefix}/t")
    for changed in (path + "2", path + "?versionId=1"):
        answer = httpx.put(target.url + changed, content=b"AAAA", headers=headers)
        assert answer.status_code == 403, changed
    assert httpx.put(target.url + path, content=b"AAAA", headers=headers).status_code == 200


async def test_an_expired_grant_opens_nothing(
    target: Target, store: ObjectStore, prefix: str
) -> None:
    if target.name == "minio":
        pytest.skip("MinIO grants 900 seconds at least")
    scope = GrantScope(bucket="mikro-zarr", prefix=prefix, expires_seconds=6)
    client = BotoClient(target.url, await store.grant_write(scope))
    client.put(f"{prefix}/x", b"x")
    await asyncio.sleep(7.2)
    for call in (
        lambda: client.get(f"{prefix}/x"),
        lambda: client.put(f"{prefix}/x", b"y"),
        lambda: client._call("list_objects_v2", Prefix=f"{prefix}/"),
    ):
        with pytest.raises(Refused, match=r"ExpiredToken|AccessDenied|InvalidAccessKeyId"):
            call()


SEGMENT = st.text("ab-_.~ ü", min_size=1, max_size=3)
PATH = st.lists(SEGMENT, min_size=1, max_size=3).map("/".join)


@given(prefix=PATH, other=PATH, mode=st.sampled_from(Mode))
def test_a_scope_covers_itself_and_what_is_below(prefix: str, other: str, mode: Mode) -> None:
    """The rule the front enforces, over close neighbours."""
    scope = GrantScope(bucket="mikro-zarr", prefix=prefix, mode=mode)
    parts, others = prefix.split("/"), other.split("/")
    inside = others[: len(parts)] == parts
    assert scope.covers(other) == inside
    assert scope.covers(f"{prefix}/{other}")
    assert not scope.covers(prefix + "x")
    assert not scope.covers_listing(prefix)
    assert scope.covers_listing(f"{other}/") == inside
    caller = Caller(tokens.Claims("A", scope, 0), "", b"", "", "", "")
    for action in ("get", "put", "delete", "multipart"):
        allowed = inside and (mode is Mode.WRITE or action == "get")
        try:
            caller.allow(action, "mikro-zarr", other)
        except Fault:
            assert not allowed
        else:
            assert allowed
        with pytest.raises(Fault):
            caller.allow(action, "mikro-media", other)


@settings(
    max_examples=6,
    deadline=None,
    phases=PHASES,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(tail=st.text("ab-_. /", min_size=1, max_size=6).filter(lambda text: text[0] != "/"))
async def test_a_sibling_grant_opens_nothing(
    target: Target, store: ObjectStore, grant: Grant, prefix: str, tail: str
) -> None:
    """The same over the wire: what begins like the prefix is not below it."""
    mine = BotoClient(target.url, grant)
    mine.put(f"{prefix}/x", b"x")
    scope = GrantScope(bucket=grant.bucket, prefix=f"{prefix}{tail}z")
    sibling = BotoClient(target.url, await store.grant_write(scope))
    key = f"{prefix}{tail}z/y"
    sibling.put(key, b"y")
    assert sibling.get(key) == b"y"
    for owner, foreign, listing in (
        (mine, key, f"{prefix}{tail}z/"),
        (sibling, f"{prefix}/x", f"{prefix}/"),
        (mine, f"{prefix}{tail}", prefix),
    ):
        for name, arguments in (
            ("get_object", {"Key": foreign}),
            ("head_object", {"Key": foreign}),
            ("put_object", {"Key": foreign, "Body": b"z"}),
            ("delete_object", {"Key": foreign}),
            ("create_multipart_upload", {"Key": foreign}),
            ("list_objects_v2", {"Prefix": listing}),
        ):
            # Ceph says of a foreign key only whether it is there; in the last case it is not.
            absent = foreign == f"{prefix}{tail}" and name in ("get_object", "head_object")
            with pytest.raises(Refused, match=r"AccessDenied|NoSuchKey" if absent else "AccessD"):
                owner._call(name, **arguments)
        with pytest.raises(Refused, match="AccessDenied"):
            owner.delete([foreign])
    assert (mine.get(f"{prefix}/x"), sibling.get(key)) == (b"x", b"y")


async def test_a_bulk_delete_reaches_no_foreign_key(
    target: Target, store: ObjectStore, grant: Grant, prefix: str
) -> None:
    other = await store.grant_write(GrantScope(bucket=grant.bucket, prefix=f"{prefix}-b"))
    mine, theirs = BotoClient(target.url, grant), BotoClient(target.url, other)
    mine.put(f"{prefix}/x", b"x")
    theirs.put(f"{prefix}-b/x", b"x")
    with pytest.raises(Refused, match="AccessDenied"):
        mine.delete([f"{prefix}/x", f"{prefix}-b/x"])
    assert theirs.get(f"{prefix}-b/x") == b"x"


@pytest.mark.parametrize(
    "wrong",
    [
        {"prefix": "a", "key": "b"},
        {},
        {"prefix": "a/"},
        {"key": "/a"},
        {"prefix": "a*"},
        {"key": "${aws:username}"},
        {"key": "a\nb"},
        {"key": "k" * 1025},
        {"prefix": ""},
        {"key": "a", "max_bytes": -1},
    ],
)
def test_scopes_that_policies_could_misread_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        GrantScope(bucket="mikro-zarr", **wrong)


def test_the_policy_of_a_scope_is_the_least() -> None:
    read = policy_of(GrantScope(bucket="b", key="o/k"))
    assert '"Action":["s3:GetObject"]' in read and "ListBucket" not in read and " " not in read
    write = policy_of(GrantScope(bucket="b", prefix="o/p", mode=Mode.WRITE))
    assert '"Resource":["arn:aws:s3:::b/o/p","arn:aws:s3:::b/o/p/*"]' in write
    assert '"s3:prefix":["o/p/*"]' in write
    assert '"s3:*"' not in write


async def test_sts_fails_closed(ceph: Target, tmp_path: Any) -> None:
    scope = GrantScope(bucket="mikro-zarr", prefix="o/p")
    wrong = tmp_path / "wrong"
    wrong.write_text("nobody")
    sts = ceph.config.sts
    for change in (
        {"sts": sts.model_copy(update={"role_arn": "arn:aws:iam:::role/none"})},
        {"sts": sts.model_copy(update={"secret_key_file": wrong})},
        {"sts": sts.model_copy(update={"endpoint": "http://127.0.0.1:1"})},
        {"sts": sts.model_copy(update={"endpoint": f"{ceph.url}/mikro-zarr"})},
    ):
        store = open_store(ceph.config.model_copy(update=change))
        with pytest.raises(GrantRefused):
            await store.grant_write(scope)
        await store.aclose()
    store = open_store(ceph.config)
    long = GrantScope(bucket="mikro-zarr", prefix="p" * 1000)
    with pytest.raises(GrantRefused):
        await store.grant_write(long)
    await store.aclose()


async def test_a_store_that_is_not_there_is_unavailable(tmp_path: Any) -> None:
    with pytest.raises(StorageUnavailable):
        open_store(ObjectStoreConfig(driver="sts", sts=StsConfig()))
    nowhere = ObjectStoreConfig(endpoint="http://127.0.0.1:1", secret_file=tmp_path / "key")
    store = open_store(nowhere)
    with pytest.raises(StorageUnavailable):
        await store.check()
    await store.aclose()


def test_the_service_key_opens_every_bucket_and_only_with_the_secret(
    front: Target, front_process: FrontProcess
) -> None:
    master = (front_process.home / "key").read_text().strip()
    for secret, outcome in ((master, "NoSuchKey"), ("another secret", "InvalidToken")):
        made = tokens.mint(secret, None, time.time() + 60)
        scope = GrantScope(bucket="any-bucket", key="k")
        grant = Grant(
            access_key=made.access_key,
            secret_key=made.secret_key,
            session_token=made.session_token,
            scope=scope,
            expires_at=None,  # type: ignore[arg-type]
            expires_seconds=60,
        )
        s3 = boto_client(front.url, grant)
        assert code_of(s3.get_object, Bucket="any-bucket", Key="k") == outcome


@given(st.text(max_size=60))
def test_tokens_that_are_not_ours_are_refused(text: str) -> None:
    for token in (text, f"b1.{text}", f"b1.{text}.{text}"):
        with pytest.raises(tokens.TokenInvalid):
            tokens.read("master", token)


@given(prefix=PATH, limit=st.none() | st.integers(0, 2**50), mode=st.sampled_from(Mode))
def test_tokens_say_what_was_granted(prefix: str, limit: int | None, mode: Mode) -> None:
    scope = GrantScope(bucket="mikro-zarr", prefix=prefix, mode=mode, max_bytes=limit)
    made = tokens.mint("master", scope, 1_800_000_000.5)
    claims = tokens.read("master", made.session_token)
    assert (claims.scope, claims.expires_at) == (scope, 1_800_000_000)
    assert claims.access_key == made.access_key
    assert made.secret_key == tokens.secret_of("master", made.session_token)
    assert made.secret_key not in made.session_token
