"""The front over another S3 server: what goes wrong there, here or on the way tears nothing.

The server behind is the front over a folder, opened by one key that outlives the tests.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from servers import BotoClient, FrontProcess, ObstoreClient, Refused, boto_client

from chassis import clock
from chassis.objectstore import tokens
from chassis.objectstore.contract import Grant, GrantScope, ObjectStore
from chassis.objectstore.stores import FrontStore
from chassis.secretfile import ensure_secret

MIB = 1024 * 1024
BUCKET = "mikro-zarr"


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[FrontProcess]:
    """The server that holds the objects."""
    process = FrontProcess(tmp_path / "behind").start()
    yield process
    if process.process and process.process.poll() is None:
        process.stop(signal.SIGKILL)


def keys_of(behind: FrontProcess, folder: Path) -> dict[str, str]:
    """Make the one key and return the configuration of a front that holds it."""
    master = ensure_secret(behind.home / "key")
    key = tokens.mint(master, None, clock.now().timestamp() + 86_400)
    options = {"backend": "s3", "remote__endpoint": behind.url}
    values = {
        "access_key": key.access_key,
        "secret_key": key.secret_key,
        "session_token": key.session_token,
    }
    for name, value in values.items():
        (folder / name).write_text(value)
        options[f"remote__{name}_file"] = str(folder / name)
    return options


@pytest.fixture
def front(behind: FrontProcess, tmp_path: Path) -> Iterator[FrontProcess]:
    (tmp_path / "front").mkdir()
    options = keys_of(behind, tmp_path / "front")
    process = FrontProcess(tmp_path / "front", options=options).start()
    yield process
    if process.process and process.process.poll() is None:
        process.stop(signal.SIGKILL)


@pytest.fixture
async def store(front: FrontProcess) -> AsyncIterator[ObjectStore]:
    store = FrontStore(front.target.config)
    yield store
    await store.aclose()


@pytest.fixture
async def held(behind: FrontProcess) -> AsyncIterator[ObjectStore]:
    """The store behind as its owner sees it."""
    store = FrontStore(behind.target.config)
    yield store
    await store.aclose()


@pytest.fixture
async def grant(store: ObjectStore) -> Grant:
    return await store.grant_write(GrantScope(bucket=BUCKET, prefix="o/s"))


async def names(held: ObjectStore) -> list[str]:
    return [info.key for info in (await held.list(BUCKET, "o/")).objects]


async def test_what_the_front_takes_lies_behind_under_the_same_key(front, grant, held) -> None:
    data = os.urandom(3 * MIB + 1)
    BotoClient(front.url, grant).put("o/s/a", data)
    assert await held.get(BUCKET, "o/s/a") == data
    assert list((front.home / "objects").rglob("*")) == [], "nothing is kept here"


async def test_the_key_behind_opens_nothing_here(front, behind, tmp_path) -> None:
    key = Grant(
        access_key=(tmp_path / "front/access_key").read_text(),
        secret_key=(tmp_path / "front/secret_key").read_text(),
        session_token=(tmp_path / "front/session_token").read_text(),
        scope=GrantScope(bucket=BUCKET, prefix="o/s"),
        expires_at=clock.now(),
        expires_seconds=0,
    )
    BotoClient(behind.url, key).put("o/s/a", b"x")
    with pytest.raises(Refused, match="InvalidToken"):
        BotoClient(front.url, key).put("o/s/a", b"y")


async def test_a_body_with_a_wrong_hash_never_lies_behind(front, grant, held) -> None:
    client = boto_client(front.url, grant)
    about = {"Bucket": BUCKET, "Key": "o/s/a"}
    client.put_object(**about, Body=b"old")

    def lie(request: object, **_: object) -> None:
        request.headers["x-amz-checksum-sha256"] = "A" * 43 + "="  # type: ignore[attr-defined]

    client.meta.events.register("before-sign.s3.PutObject", lie)
    with pytest.raises(ClientError) as refused:
        client.put_object(**about, Body=os.urandom(2 * MIB))
    assert refused.value.response["Error"]["Code"] in ("BadDigest", "InvalidRequest")
    assert await held.get(BUCKET, "o/s/a") == b"old"


async def test_a_caller_that_hangs_up_leaves_nothing(front, store, held) -> None:
    grant = await store.grant_write(GrantScope(bucket=BUCKET, prefix="o/s"))
    url = boto_client(front.url, grant).generate_presigned_url(
        "put_object", Params={"Bucket": BUCKET, "Key": "o/s/cut"}
    )
    path = url.removeprefix(front.url)
    with socket.create_connection(("127.0.0.1", front.port)) as sock:
        head = f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{front.port}\r\nContent-Length: {4 * MIB}"
        sock.sendall(head.encode() + b"\r\n\r\n" + os.urandom(3 * MIB))
    BotoClient(front.url, grant).put("o/s/after", b"x")
    assert await names(held) == ["o/s/after"]


async def test_a_killed_front_leaves_the_old_object(front, grant, held) -> None:
    client = BotoClient(front.url, grant)
    client.put("o/s/k", b"old")
    versions = {n: bytes([65 + n]) * (8 * MIB + n) for n in range(3)}

    def write(number: int) -> None:
        with pytest.raises((BotoCoreError, ClientError, Refused)):
            while True:
                BotoClient(front.url, grant).put("o/s/k", versions[number])

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write, number) for number in versions]
        while (await held.head(BUCKET, "o/s/k")).size == 3:
            await asyncio.sleep(0.05)
        front.stop(signal.SIGKILL)
        for writer in writers:
            writer.result()
    assert await held.get(BUCKET, "o/s/k") in versions.values()
    front.start()
    assert BotoClient(front.url, grant).get("o/s/k") in versions.values()


async def test_a_store_behind_that_is_away_is_told_and_comes_back(front, behind, grant) -> None:
    client = BotoClient(front.url, grant)
    client.put("o/s/a", b"x")
    behind.stop(signal.SIGKILL)
    for call in (lambda: client.get("o/s/a"), lambda: client.put("o/s/a", b"y")):
        with pytest.raises(Refused, match="ServiceUnavailable"):
            call()
    # The connections the front had kept are of no use any more, and it must see that.
    behind.start()
    assert client.get("o/s/a") == b"x"
    client.put("o/s/a", b"y")
    assert client.get("o/s/a") == b"y"


async def test_a_download_that_breaks_off_behind_is_no_whole_object(front, behind, grant) -> None:
    client = boto_client(front.url, grant)
    about = {"Bucket": BUCKET, "Key": "o/s/big"}
    client.upload_file(_file_of(behind.home / "big", 96 * MIB), BUCKET, "o/s/big")
    body = client.get_object(**about)["Body"]
    body.read(1000)
    behind.stop(signal.SIGKILL)
    with pytest.raises((BotoCoreError, OSError)):
        body.read()


def _file_of(path: Path, size: int) -> str:
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))
    return str(path)


async def test_a_key_the_store_behind_refuses_is_no_fault_of_the_caller(
    front, behind, grant, tmp_path
) -> None:
    front.stop()
    (tmp_path / "front/secret_key").write_text("wrong")
    front.start()
    about = {"Bucket": BUCKET, "Key": "o/s/a"}
    url = boto_client(front.url, grant).generate_presigned_url("get_object", Params=about)
    async with httpx.AsyncClient() as http:
        answer = await http.get(url)
    assert answer.status_code == 500
    assert "<Code>InternalError</Code>" in answer.text
    assert "Signature" not in answer.text, "what is wrong behind is told in the log"


async def test_a_full_store_behind_is_told(front, behind, grant) -> None:
    client = ObstoreClient(front.url, grant)
    client.put("o/s/old", b"old")
    assert behind.process is not None
    resource.prlimit(behind.process.pid, resource.RLIMIT_FSIZE, (2 * MIB, 2 * MIB))
    for size in (4 * MIB, 30 * MIB):
        with pytest.raises(Refused, match="StorageFull"):
            client.put("o/s/big", b"b" * size)
    assert client.get("o/s/old") == b"old"


async def test_memory_stays_bounded_while_much_passes(front, grant) -> None:
    client = boto_client(front.url, grant)
    path = Path(_file_of(front.home / "big", 200 * MIB))
    client.upload_file(str(path), BUCKET, "o/s/big")
    digest = hashlib.sha256()
    for piece in client.get_object(Bucket=BUCKET, Key="o/s/big")["Body"].iter_chunks(MIB):
        digest.update(piece)
    assert digest.hexdigest() == hashlib.sha256(path.read_bytes()).hexdigest()
    assert front.process is not None
    status = Path(f"/proc/{front.process.pid}/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    assert peak < 150, f"{peak} MiB"


async def test_one_of_many_creators_wins(front, grant) -> None:
    def create(number: int) -> bool:
        try:
            BotoClient(front.url, grant).put_new("o/s/new", str(number).encode())
        except Refused as refused:
            assert str(refused) == "PreconditionFailed"
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, range(8))) == 1


async def test_a_limit_counts_what_lies_there_not_what_was_sent(front, store) -> None:
    scope = GrantScope(bucket=BUCKET, prefix="o/s", max_bytes=1000)
    client = BotoClient(front.url, await store.grant_write(scope))
    for number in range(5):
        client.put("o/s/a", bytes([number]) * 300)
    with pytest.raises(Refused, match="QuotaExceeded"):
        client.put("o/s/b", b"b" * 701)
    client.put("o/s/b", b"b" * 700)
    client.delete(["o/s/a", "o/s/never"])
    client.put("o/s/c", b"c" * 300)
    with pytest.raises(Refused, match="QuotaExceeded"):
        client.put("o/s/d", b"d")
    client.delete_one("o/s/b")
    client.put("o/s/d", b"d" * 700)
    with pytest.raises(Refused, match="EntityTooLarge"):
        client.put("o/s/e", b"e" * 1001)


async def test_parts_that_wait_count_until_they_are_dropped(front, store) -> None:
    scope = GrantScope(bucket=BUCKET, prefix="o/s", max_bytes=12 * MIB)
    grant = await store.grant_write(scope)
    s3, about = boto_client(front.url, grant), {"Bucket": BUCKET, "Key": "o/s/parts"}
    upload = s3.create_multipart_upload(**about)["UploadId"]
    part = {"PartNumber": 1, "Body": b"p" * (5 * MIB)}
    for _ in range(2):
        # The second takes the place of the first.
        s3.upload_part(**about, UploadId=upload, **part)
    with pytest.raises(Refused, match="QuotaExceeded"):
        BotoClient(front.url, grant).put("o/s/a", b"a" * (8 * MIB))
    s3.abort_multipart_upload(**about, UploadId=upload)
    BotoClient(front.url, grant).put("o/s/a", b"a" * (8 * MIB))


async def test_bulk_delete_stays_inside_the_grant(front, grant, held) -> None:
    for key in ("o/s/a", "o/s/b", "o/s2/a"):
        await held.put(BUCKET, key, b"x")
    s3 = boto_client(front.url, grant)
    doomed = [{"Key": key} for key in ("o/s/a", "o/s2/a", "o/s/a")]
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": doomed})
    assert [one["Key"] for one in answer["Deleted"]] == ["o/s/a", "o/s/a"]
    assert [(one["Key"], one["Code"]) for one in answer["Errors"]] == [("o/s2/a", "AccessDenied")]
    assert await names(held) == ["o/s/b", "o/s2/a"]


async def test_completing_twice_says_the_same(front, grant) -> None:
    s3, about = boto_client(front.url, grant), {"Bucket": BUCKET, "Key": "o/s/parts"}
    upload = s3.create_multipart_upload(**about)["UploadId"]
    tag = s3.upload_part(**about, UploadId=upload, PartNumber=1, Body=b"whole")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    done = [
        s3.complete_multipart_upload(**about, UploadId=upload, MultipartUpload=parts)["ETag"]
        for _ in range(2)
    ]
    assert done[0] == done[1]
    for call, arguments in (
        ("list_parts", {}),
        ("abort_multipart_upload", {}),
        ("upload_part", {"PartNumber": 2, "Body": b"x"}),
    ):
        with pytest.raises(ClientError, match="NoSuchUpload"):
            getattr(s3, call)(**about, UploadId=upload, **arguments)


async def test_ranges_of_what_is_too_short_are_refused(front, grant) -> None:
    s3, about = boto_client(front.url, grant), {"Bucket": BUCKET, "Key": "o/s/r"}
    s3.put_object(**about, Body=b"0123456789")
    assert s3.get_object(**about, Range="bytes=4-")["ContentRange"] == "bytes 4-9/10"
    assert s3.head_object(**about, Range="bytes=-3")["ContentLength"] == 3
    with pytest.raises(ClientError, match="InvalidRange"):
        s3.get_object(**about, Range="bytes=10-")
    s3.put_object(**about, Body=b"")
    with pytest.raises(ClientError, match="InvalidRange"):
        s3.get_object(**about, Range="bytes=0-1")
    assert s3.get_object(**about)["Body"].read() == b""


async def test_a_bucket_nobody_wrote_to_is_empty(front, store) -> None:
    read = await store.grant_read(GrantScope(bucket="mikro-media", prefix="o/s"))
    client = BotoClient(front.url, read)
    assert client.list("o/s/") == []
    with pytest.raises(Refused, match="NoSuchKey"):
        client.get("o/s/a")
