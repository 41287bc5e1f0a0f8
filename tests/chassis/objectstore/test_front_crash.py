"""The front when things break: killed, full, past its limit. Nothing is torn."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from servers import BotoClient, FrontProcess, ObstoreClient, Refused, boto_client

from chassis.objectstore.contract import Grant, GrantScope
from chassis.objectstore.stores import FrontStore

MIB = 1024 * 1024


@pytest.fixture
def own(tmp_path: Path) -> Iterator[FrontProcess]:
    """A front of the test's own, to be killed."""
    process = FrontProcess(tmp_path).start()
    yield process
    if process.process and process.process.poll() is None:
        process.stop(signal.SIGKILL)


async def granted(front: FrontProcess, **scope: object) -> Grant:
    store = FrontStore(front.target.config)
    grant = await store.grant_write(GrantScope(bucket="mikro-zarr", prefix="o/s", **scope))  # type: ignore[arg-type]
    await store.aclose()
    return grant


async def abort_all(front: FrontProcess) -> None:
    store = FrontStore(front.target.config)
    await store.abort_uploads("mikro-zarr", "o/")
    await store.aclose()


def files(front: FrontProcess) -> int:
    """The bytes on the disk, counted by file."""
    return sum(
        path.stat().st_blocks * 512
        for path in (front.home / "objects").rglob("*")
        if path.is_file()
    )


def drafts(front: FrontProcess) -> list[Path]:
    return [path for path in (front.home / "objects/.front/drafts").rglob("*") if path.is_file()]


async def test_a_kill_during_writes_leaves_old_or_new(own: FrontProcess) -> None:
    grant = await granted(own)
    versions = [bytes([65 + n]) * (3 * MIB + n) for n in range(4)]
    BotoClient(own.url, grant).put("o/s/k", versions[0])
    stop = threading.Event()

    def write(number: int) -> None:
        client = BotoClient(own.url, grant)
        with suppress(BotoCoreError, ClientError, Refused):
            while not stop.is_set():
                client.put("o/s/k", versions[number])

    for _ in range(3):
        writers = [threading.Thread(target=write, args=(number,)) for number in (1, 2, 3)]
        for writer in writers:
            writer.start()
        await asyncio.sleep(0.4)
        own.stop(signal.SIGKILL)
        stop.set()
        for writer in writers:
            writer.join()
        stop.clear()
        own.start()
        assert BotoClient(own.url, grant).get("o/s/k") in versions
        assert drafts(own) == []


async def test_an_upload_goes_on_after_a_kill(own: FrontProcess) -> None:
    grant = await granted(own)
    s3 = boto_client(own.url, grant)
    about = {"Bucket": grant.bucket, "Key": "o/s/big"}
    upload = s3.create_multipart_upload(**about)["UploadId"]
    bodies = [os.urandom(5 * MIB), os.urandom(5 * MIB), os.urandom(99)]
    tags = {}
    for number in (1, 3):
        part = {"PartNumber": number, "Body": bodies[number - 1]}
        tags[number] = s3.upload_part(**about, UploadId=upload, **part)["ETag"]
    own.stop(signal.SIGKILL)
    own.start()
    tags[2] = s3.upload_part(**about, UploadId=upload, PartNumber=2, Body=bodies[1])["ETag"]
    parts = [{"PartNumber": number, "ETag": tags[number]} for number in (1, 2, 3)]
    done = s3.complete_multipart_upload(**about, UploadId=upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(**about)["Body"].read() == b"".join(bodies)
    # The answer may have been lost with the server: asking again says the same.
    own.stop(signal.SIGKILL)
    own.start()
    again = s3.complete_multipart_upload(**about, UploadId=upload, MultipartUpload={"Parts": parts})
    assert again["ETag"] == done["ETag"]
    assert list((own.home / "objects/.front/uploads").iterdir()) == []


async def test_a_kill_after_the_last_rename_is_a_finished_upload(own: FrontProcess) -> None:
    grant = await granted(own)
    s3 = boto_client(own.url, grant)
    about = {"Bucket": grant.bucket, "Key": "o/s/big"}
    upload = s3.create_multipart_upload(**about)["UploadId"]
    tag = s3.upload_part(**about, UploadId=upload, PartNumber=1, Body=b"whole")["ETag"]
    folder = own.home / "objects/.front/uploads" / upload
    kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "slab"}
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    s3.complete_multipart_upload(**about, UploadId=upload, MultipartUpload=parts)
    own.stop(signal.SIGKILL)
    folder.mkdir()
    for name, data in kept.items():
        (folder / name).write_bytes(data)
    own.start()
    assert not folder.exists(), "there is nothing left to complete"
    s3.complete_multipart_upload(**about, UploadId=upload, MultipartUpload=parts)
    assert s3.get_object(**about)["Body"].read() == b"whole"


async def test_a_full_disk_is_told_and_the_room_comes_back(own: FrontProcess) -> None:
    grant = await granted(own)
    client = ObstoreClient(own.url, grant)
    client.put("o/s/old", b"o" * 100)
    before = files(own)
    assert own.process is not None
    resource.prlimit(own.process.pid, resource.RLIMIT_FSIZE, (2 * MIB, 2 * MIB))
    for size in (4 * MIB, 30 * MIB):
        with pytest.raises(Refused, match="StorageFull"):
            client.put("o/s/big", b"b" * size)
    assert client.get("o/s/old") == b"o" * 100
    await abort_all(own)
    assert files(own) == before
    assert client.list("o/s/") == ["o/s/old"]


def _fits(client: ObstoreClient, key: str, data: bytes) -> bool:
    try:
        client.put(key, data)
    except Refused as refused:
        assert "StorageFull" in str(refused)
        return False
    return True


@pytest.mark.skipif(os.getuid() != 0, reason="mounting needs root")
async def test_a_disk_that_is_full_indeed(tmp_path: Path) -> None:
    home = tmp_path / "small"
    home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(home)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no mounts here")
    front = FrontProcess(home)
    try:
        front.start()
        client = ObstoreClient(front.url, await granted(front))
        client.put("o/s/a", b"a" * 4 * MIB)
        with pytest.raises(Refused, match="StorageFull"):
            client.put("o/s/b", b"b" * 40 * MIB)
        assert client.get("o/s/a") == b"a" * 4 * MIB
        client.delete(["o/s/a"])
        await abort_all(front)
        # Parts the client gave up in mid-air free their room once the front sees them gone.
        async with asyncio.timeout(120):
            while not _fits(client, "o/s/c", b"c" * 10 * MIB):
                await asyncio.sleep(0.1)
        assert client.get("o/s/c") == b"c" * 10 * MIB
    finally:
        front.stop()
        subprocess.run(["umount", str(home)], check=True)


async def test_a_grant_holds_its_limit(own: FrontProcess) -> None:
    grant = await granted(own, max_bytes=12 * MIB)
    client = BotoClient(own.url, grant)
    client.put("o/s/a", b"a" * 4 * MIB)
    with pytest.raises(Refused, match="EntityTooLarge"):
        client.put("o/s/b", b"b" * (12 * MIB + 1))
    client.put("o/s/b", b"b" * 8 * MIB)
    with pytest.raises(Refused, match="QuotaExceeded"):
        client.put("o/s/c", b"c")
    client.delete(["o/s/b"])
    client.put("o/s/c", b"c" * 8 * MIB)
    # A killed front measures anew.
    own.stop(signal.SIGKILL)
    own.start()
    with pytest.raises(Refused, match="QuotaExceeded"):
        client.put("o/s/d", b"d")
    client.delete(["o/s/a", "o/s/c"])
    with pytest.raises(Refused, match="QuotaExceeded"):
        ObstoreClient(own.url, grant).put("o/s/e", b"e" * 13 * MIB)
    # What was refused, or aborted by the client, does not count.
    await abort_all(own)
    assert client.list("o/s/") == []


async def test_aborted_parts_are_given_back(own: FrontProcess) -> None:
    grant = await granted(own, max_bytes=10 * MIB)
    s3 = boto_client(own.url, grant)
    about = {"Bucket": grant.bucket, "Key": "o/s/big"}
    for _ in range(3):
        upload = s3.create_multipart_upload(**about)["UploadId"]
        for _ in range(2):  # the same part again replaces the first
            s3.upload_part(**about, UploadId=upload, PartNumber=1, Body=b"x" * 5 * MIB)
        s3.abort_multipart_upload(**about, UploadId=upload)
    assert files(own) < MIB


async def test_stopping_lets_requests_end(own: FrontProcess) -> None:
    grant = await granted(own)
    done: list[str] = []

    def write() -> None:
        done.append(BotoClient(own.url, grant).put("o/s/k", b"x" * 30 * MIB))

    writer = threading.Thread(target=write)
    writer.start()
    while not drafts(own):
        await asyncio.sleep(0.005)
    assert own.stop() == 0
    writer.join()
    assert done


def test_a_second_front_on_a_folder_does_not_start(own: FrontProcess) -> None:
    second = FrontProcess(own.home)
    with pytest.raises(AssertionError):
        second.start()
    assert second.process is not None
    assert second.process.wait(60) == 78


async def test_a_unix_socket_serves_as_a_port_does(tmp_path: Path) -> None:
    own = FrontProcess(tmp_path, uds=tmp_path / "s3.sock").start()
    store = FrontStore(own.target.config)
    data = os.urandom(3 * MIB)
    await store.put("mikro-zarr", "o/s/k", data)
    assert b"".join([part async for part in store.stream("mikro-zarr", "o/s/k")]) == data
    assert await store.get("mikro-zarr", "o/s/k", start=-7) == data[-7:]
    await store.check()
    await store.aclose()
    assert (tmp_path / "s3.sock").stat().st_mode & 0o077 == 0
    assert own.stop() == 0
