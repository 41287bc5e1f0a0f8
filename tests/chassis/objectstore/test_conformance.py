"""One suite for every server a service may be given: our front, Ceph RGW, MinIO if there is one."""

from __future__ import annotations

import hashlib
import io
import os

import httpx
import pytest
from botocore.exceptions import ClientError
from minio.error import S3Error
from servers import BotoClient, Client, MinioClient, Refused, Target, boto_client

from chassis.objectstore.contract import Grant, GrantScope, ObjectStore

MIB = 1024 * 1024
BIG = os.urandom(11 * MIB + 17)
ODD_KEYS = (
    "plain",
    "UPPER lower",
    "umläut/日本語",
    "a+b&c=d;e%20f#g?h",
    "dots/../..hidden/.",
    "deep/" + "/".join("abcdefgh"),
    "long/" + "n" * 300,
    "capitals/Zarr.JSON",
)


def test_objects_come_back_as_they_were_put(client: Client, prefix: str) -> None:
    data = os.urandom(70_000)
    etag = client.put(f"{prefix}/c/0/1", data)
    assert etag == hashlib.md5(data).hexdigest()
    assert client.get(f"{prefix}/c/0/1") == data
    assert client.size(f"{prefix}/c/0/1") == len(data)
    client.put(f"{prefix}/c/0/1", b"other")
    assert client.get(f"{prefix}/c/0/1") == b"other"
    client.put(f"{prefix}/empty", b"")
    assert client.get(f"{prefix}/empty") == b""


def test_large_objects_go_in_parts(
    client: Client, target: Target, grant: Grant, prefix: str
) -> None:
    client.put(f"{prefix}/big", BIG)
    about = {"Bucket": grant.bucket, "Key": f"{prefix}/big"}
    etag = boto_client(target.url, grant).head_object(**about)["ETag"].strip('"')
    assert client.get(f"{prefix}/big") == BIG
    parts = [hashlib.md5(BIG[at : at + 5 * MIB]).digest() for at in range(0, len(BIG), 5 * MIB)]
    if etag.endswith("-3"):
        assert etag == hashlib.md5(b"".join(parts)).hexdigest() + "-3"
    else:
        assert etag == hashlib.md5(BIG).hexdigest()
    assert client.size(f"{prefix}/big") == len(BIG)


def test_ranges_and_suffixes(client: Client, prefix: str) -> None:
    data = bytes(range(256)) * 4
    client.put(f"{prefix}/r", data)
    assert client.get_range(f"{prefix}/r", 10, 10) == data[10:20]
    assert client.get_range(f"{prefix}/r", 1000, 24) == data[1000:]
    assert client.get_range(f"{prefix}/r", 0, 1) == data[:1]
    assert client.get_range(f"{prefix}/r", -5, 0) == data[-5:]
    client.put(f"{prefix}/big", BIG)
    assert client.get_range(f"{prefix}/big", 5 * MIB - 9, 2 * MIB) == BIG[5 * MIB - 9 :][: 2 * MIB]


def test_a_missing_key_inside_is_not_found(client: Client, prefix: str) -> None:
    with pytest.raises(Refused, match="NoSuchKey"):
        client.get(f"{prefix}/.zattrs")
    with pytest.raises(Refused, match="NoSuchKey"):
        client.size(f"{prefix}/.zarray")


def test_listing_pages_in_order(client: Client, prefix: str) -> None:
    keys = {f"{prefix}/l/{n % 5}/k{n:03d}" for n in range(20)} | {f"{prefix}/l-", f"{prefix}/l"}
    for key in keys:
        client.put(key, b"x")
    assert client.list(f"{prefix}/") == sorted(keys)
    assert client.list(f"{prefix}/l/1/") == sorted(key for key in keys if "/l/1/" in key)


def test_bulk_delete_empties_a_prefix(client: Client, prefix: str) -> None:
    keys = [f"{prefix}/c/{n}" for n in range(5)]
    for key in keys:
        client.put(key, b"x")
    client.delete([*keys[:3], f"{prefix}/never-there"])
    assert client.list(f"{prefix}/") == keys[3:]


@pytest.mark.parametrize("key", ODD_KEYS)
def test_keys_may_be_odd(target: Target, grant: Grant, prefix: str, key: str) -> None:
    client = BotoClient(target.url, grant)
    client.put(f"{prefix}/{key}", key.encode())
    assert client.get(f"{prefix}/{key}") == key.encode()
    assert client.list(f"{prefix}/") == [f"{prefix}/{key}"]
    client.delete_one(f"{prefix}/{key}")
    assert client.list(f"{prefix}/") == []


def test_a_key_may_be_a_prefix_and_end_with_a_slash(
    target: Target, grant: Grant, prefix: str
) -> None:
    client = BotoClient(target.url, grant)
    keys = [f"{prefix}/a", f"{prefix}/a-b", f"{prefix}/a/", f"{prefix}/a/b", f"{prefix}/a//b"]
    for key in keys:
        client.put(key, key.encode())
    assert client.list(f"{prefix}/") == sorted(keys)
    assert [client.get(key) for key in keys] == [key.encode() for key in keys]
    client.delete_one(f"{prefix}/a/b")
    assert client.list(f"{prefix}/a/") == [f"{prefix}/a/", f"{prefix}/a//b"]


def test_create_only_refuses_a_second_write(target: Target, grant: Grant, prefix: str) -> None:
    client = BotoClient(target.url, grant)
    client.put_new(f"{prefix}/new", b"1")
    with pytest.raises(Refused, match="PreconditionFailed"):
        client.put_new(f"{prefix}/new", b"2")
    assert client.get(f"{prefix}/new") == b"1"


def test_headers_come_back(target: Target, grant: Grant, prefix: str) -> None:
    s3 = boto_client(target.url, grant)
    about = {"Bucket": grant.bucket, "Key": f"{prefix}/meta"}
    s3.put_object(**about, Body=b"x", ContentType="text/x-t", Metadata={"k": "v"})
    for found in (s3.get_object(**about), s3.head_object(**about)):
        assert found["ContentType"] == "text/x-t"
        assert {name.lower(): value for name, value in found["Metadata"].items()} == {"k": "v"}
        assert found["ETag"] == f'"{hashlib.md5(b"x").hexdigest()}"'
    with pytest.raises(ClientError) as refused:
        s3.get_object(**about, IfNoneMatch=found["ETag"])
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 304


def test_listing_folds_at_a_delimiter(target: Target, grant: Grant, prefix: str) -> None:
    s3 = boto_client(target.url, grant)
    for key in ("a", "b/1", "b/2", "c/1/2", "d"):
        s3.put_object(Bucket=grant.bucket, Key=f"{prefix}/{key}", Body=b"x")
    about = {"Bucket": grant.bucket, "Prefix": f"{prefix}/", "Delimiter": "/"}
    whole = s3.list_objects_v2(**about)
    assert [one["Key"] for one in whole["Contents"]] == [f"{prefix}/a", f"{prefix}/d"]
    assert [one["Prefix"] for one in whole["CommonPrefixes"]] == [f"{prefix}/b/", f"{prefix}/c/"]
    found = []
    for page in s3.get_paginator("list_objects_v2").paginate(
        **about, PaginationConfig={"PageSize": 1}
    ):
        found += [one["Key"] for one in page.get("Contents", [])]
        found += [one["Prefix"] for one in page.get("CommonPrefixes", [])]
    assert found == [f"{prefix}/{name}" for name in ("a", "b/", "c/", "d")]
    after = s3.list_objects_v2(Bucket=grant.bucket, Prefix=f"{prefix}/", StartAfter=f"{prefix}/b/1")
    assert [one["Key"] for one in after["Contents"]] == [
        f"{prefix}/{name}" for name in ("b/2", "c/1/2", "d")
    ]


def test_parts_may_come_in_any_order_and_twice(target: Target, grant: Grant, prefix: str) -> None:
    s3 = boto_client(target.url, grant)
    about = {"Bucket": grant.bucket, "Key": f"{prefix}/parts"}
    upload = s3.create_multipart_upload(**about, ContentType="text/x-t")["UploadId"]
    bodies = {3: b"3" * MIB, 1: b"1" * (5 * MIB), 2: b"2" * (6 * MIB)}
    s3.upload_part(**about, UploadId=upload, PartNumber=1, Body=b"old" * 2 * MIB)
    tags = {
        number: s3.upload_part(**about, UploadId=upload, PartNumber=number, Body=body)["ETag"]
        for number, body in bodies.items()
    }
    listed = s3.list_parts(**about, UploadId=upload)["Parts"]
    assert [(one["PartNumber"], one["Size"]) for one in listed] == [
        (number, len(bodies[number])) for number in (1, 2, 3)
    ]
    with pytest.raises(ClientError) as missing:
        s3.head_object(**about)
    assert missing.value.response["Error"]["Code"] == "404"
    parts = [{"PartNumber": number, "ETag": tags[number]} for number in (1, 2, 3)]
    s3.complete_multipart_upload(**about, UploadId=upload, MultipartUpload={"Parts": parts})
    found = s3.get_object(**about)
    assert found["Body"].read() == bodies[1] + bodies[2] + bodies[3]
    assert found["ContentType"] == "text/x-t"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([(1, "real"), (2, "0" * 32)], "InvalidPart"),
        ([(1, "real"), (7, "real")], "InvalidPart"),
        ([(2, "real"), (1, "real")], "InvalidPartOrder"),
        ([(2, "real"), (3, "real")], "EntityTooSmall"),
    ],
)
def test_wrong_completions_are_refused(
    target: Target, grant: Grant, prefix: str, parts: list[tuple[int, str]], code: str
) -> None:
    s3 = boto_client(target.url, grant)
    about = {"Bucket": grant.bucket, "Key": f"{prefix}/wrong"}
    upload = s3.create_multipart_upload(**about)["UploadId"]
    sizes = {1: 5 * MIB, 2: 9, 3: 9}
    tags = {
        number: s3.upload_part(**about, UploadId=upload, PartNumber=number, Body=b"x" * size)[
            "ETag"
        ]
        for number, size in sizes.items()
    }
    wanted = [
        {"PartNumber": number, "ETag": tags.get(number, tags[1]) if tag == "real" else tag}
        for number, tag in parts
    ]
    with pytest.raises(ClientError) as refused:
        s3.complete_multipart_upload(**about, UploadId=upload, MultipartUpload={"Parts": wanted})
    assert refused.value.response["Error"]["Code"] in (code, "InvalidPart")
    with pytest.raises(ClientError):
        s3.head_object(**about)


async def test_an_aborted_upload_leaves_nothing(
    target: Target, store: ObjectStore, grant: Grant, prefix: str
) -> None:
    s3 = boto_client(target.url, grant)
    about = {"Bucket": grant.bucket, "Key": f"{prefix}/gone"}
    upload = s3.create_multipart_upload(**about)["UploadId"]
    s3.upload_part(**about, UploadId=upload, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(**about, UploadId=upload)
    with pytest.raises(ClientError) as refused:
        s3.upload_part(**about, UploadId=upload, PartNumber=2, Body=b"x")
    assert refused.value.response["Error"]["Code"] == "NoSuchUpload"
    assert await store.abort_uploads(grant.bucket, f"{prefix}/") == 0
    s3.create_multipart_upload(**about)
    assert await store.abort_uploads(grant.bucket, f"{prefix}/") == 1


def test_presigned_addresses(target: Target, grant: Grant, prefix: str) -> None:
    s3 = boto_client(target.url, grant)
    about = {"Bucket": grant.bucket, "Key": f"{prefix}/shared"}
    put = s3.generate_presigned_url("put_object", Params=about, ExpiresIn=60)
    assert httpx.put(put, content=b"presigned").status_code == 200
    get = s3.generate_presigned_url("get_object", Params=about, ExpiresIn=60)
    assert httpx.get(get).content == b"presigned"
    assert httpx.get(get.replace("/shared", "/other")).status_code == 403
    assert httpx.put(get, content=b"x").status_code == 403


def test_minio_streams_of_unknown_length(target: Target, grant: Grant, prefix: str) -> None:
    client = MinioClient(target.url, grant)
    stream = io.BytesIO(BIG)
    client.minio.put_object(grant.bucket, f"{prefix}/s", stream, -1, part_size=5 * MIB)
    assert client.get(f"{prefix}/s") == BIG


async def test_a_grant_on_a_key_opens_that_key_alone(
    target: Target, store: ObjectStore, prefix: str
) -> None:
    key = f"{prefix}/movie.mp4"
    write = await store.grant_write(GrantScope(bucket="mikro-media", key=key))
    s3 = boto_client(target.url, write)
    s3.put_object(Bucket="mikro-media", Key=key, Body=b"movie")
    s3.upload_fileobj(io.BytesIO(BIG), "mikro-media", key)
    for call, arguments in (
        ("put_object", {"Key": f"{key}.bak"}),
        ("put_object", {"Key": f"{key}/below"}),
        ("get_object", {"Key": key}),
        ("delete_object", {"Key": key}),
        ("list_objects_v2", {"Prefix": f"{key}/"}),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(s3, call)(Bucket="mikro-media", **arguments)
    read = await store.grant_read(GrantScope(bucket="mikro-media", key=key))
    s3 = boto_client(target.url, read)
    assert s3.get_object(Bucket="mikro-media", Key=key)["Body"].read() == BIG
    assert s3.head_object(Bucket="mikro-media", Key=key)["ContentLength"] == len(BIG)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket="mikro-media", Key=key, Body=b"x")


async def test_a_read_grant_writes_nothing(
    target: Target, store: ObjectStore, grant: Grant, prefix: str
) -> None:
    boto_client(target.url, grant).put_object(Bucket=grant.bucket, Key=f"{prefix}/x", Body=b"x")
    read = await store.grant_read(GrantScope(bucket=grant.bucket, prefix=prefix))
    client = BotoClient(target.url, read)
    assert client.get(f"{prefix}/x") == b"x"
    assert client.list(f"{prefix}/") == [f"{prefix}/x"]
    with pytest.raises(Refused, match="AccessDenied"):
        client.put(f"{prefix}/x", b"y")
    with pytest.raises(Refused, match="AccessDenied"):
        client.delete([f"{prefix}/x"])
    with pytest.raises(S3Error, match="AccessDenied"):
        MinioClient(target.url, read).minio.remove_object(grant.bucket, f"{prefix}/x")
    assert client.get(f"{prefix}/x") == b"x"
