"""The front is killed amid a write: nothing torn is readable, the sweep returns the space.

Here lies a real front over a folder behind the service, and the writer is the client's library.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import obstore
import pytest
from lab import as_job, zarr_json

from chassis.clock import now
from chassis.config import current
from chassis.objectstore.contract import Grant, GrantScope
from chassis.objectstore.stores import open_store
from mikro_server.adapters.objects import set_object_store
from mikro_server.config import MikroConfig
from mikro_server.models import Store
from mikro_server.operations import hygiene

sys.path.append(str(Path(__file__).parents[2] / "chassis" / "objectstore"))

from servers import FrontProcess, ObstoreClient, boto_client

MIB = 1024 * 1024


@pytest.fixture
def front(tmp_path: Path) -> Iterator[FrontProcess]:
    process = FrontProcess(tmp_path).start()
    yield process
    if process.process and process.process.poll() is None:
        process.stop(signal.SIGKILL)


@pytest.fixture
async def lab_on_front(lab, front, configured):
    """The laboratory with its data on the front instead of in memory."""
    configured(
        storage={
            "driver": "front",
            "endpoint": front.url,
            "uds": None,
            "secret_file": front.home / "key",
        }
    )
    store = open_store(current(MikroConfig).storage)
    set_object_store(store)
    yield lab
    await store.aclose()


def granted(given: dict) -> Grant:
    """The grant the service gave, as the client's library takes it."""
    return Grant(
        access_key=given["accessKey"],
        secret_key=given["secretKey"],
        session_token=given["sessionToken"],
        scope=GrantScope(bucket=given["bucket"], prefix=given["key"]),
        expires_at=now(),
        expires_seconds=0,
    )


def on_disk(front: FrontProcess) -> int:
    """The bytes of all files of the front, drafts and parts included, but for small records."""
    files = (front.home / "objects").rglob("*")
    sizes = [path.stat().st_size for path in files if path.is_file()]
    return sum(size for size in sizes if size > 4096)


async def killed_while_writing(front: FrontProcess, grant: Grant) -> None:
    """Write chunks and a large object until the front is killed amid the large one."""
    client = ObstoreClient(front.url, grant)
    path = grant.path
    client.put(f"{path}/zarr.json", zarr_json((64, 96)))
    client.put(f"{path}/c/0/0", os.urandom(2 * MIB))
    blocks, enough = os.urandom(8 * MIB), threading.Event()

    def pieces() -> Iterator[bytes]:
        """Some pieces; the rest only once the front is dead."""
        for number in range(12):
            if number == 6:
                enough.set()
                front.process.wait(60)  # type: ignore[union-attr]
            yield blocks

    def write() -> None:
        with pytest.raises((obstore.exceptions.BaseError, OSError)):
            obstore.put(client.store, f"{path}/c/0/1", pieces(), chunk_size=8 * MIB)

    writer = threading.Thread(target=write)
    writer.start()
    assert await asyncio.to_thread(enough.wait, 60)
    await asyncio.to_thread(front.stop, signal.SIGKILL)
    await asyncio.to_thread(writer.join, 60)
    assert not writer.is_alive()


async def test_the_sweep_returns_the_space_of_a_killed_write(lab_on_front, front):
    lab = lab_on_front
    given = await lab.get("RequestZarrUpload", input={})
    grant = granted(given)
    await killed_while_writing(front, grant)
    front.start()
    client = ObstoreClient(front.url, grant)
    assert client.list(f"{grant.path}/") == [f"{grant.path}/c/0/0", f"{grant.path}/zarr.json"]
    assert len(client.get(f"{grant.path}/c/0/0")) == 2 * MIB
    assert on_disk(front) > 2 * MIB, "what was written so far waits for the client to go on"
    expired = now() - timedelta(days=365)
    await Store.objects.filter(pk=given["store"]).aupdate(expires_at=expired)
    assert await as_job(hygiene.sweep) == 1
    assert on_disk(front) == 0
    assert (await Store.objects.aget(pk=given["store"])).state == "gone"


async def test_the_same_grant_goes_on_after_the_kill(lab_on_front, front):
    lab = lab_on_front
    given = await lab.get("RequestZarrUpload", input={})
    grant = granted(given)
    await killed_while_writing(front, grant)
    front.start()
    client = ObstoreClient(front.url, grant)
    chunk = os.urandom(3 * MIB)
    client.put(f"{grant.path}/c/0/1", chunk)
    assert client.get(f"{grant.path}/c/0/1") == chunk
    await lab.get("FinishZarrUpload", input={"storeId": given["store"], "valid": True})
    row = await Store.objects.aget(pk=given["store"])
    assert (row.state, row.objects_count) == ("populated", 3)


async def test_finish_of_parts_never_put_together(lab_on_front, front):
    lab = lab_on_front
    given = await lab.get("RequestBigfileUpload", input={"originalFileName": "half.bin"})
    s3, about = boto_client(front.url, granted(given)), {"Bucket": given["bucket"]}
    about["Key"] = given["key"]
    upload = s3.create_multipart_upload(**about)["UploadId"]
    s3.upload_part(**about, UploadId=upload, PartNumber=1, Body=os.urandom(6 * MIB))
    finish = {"storeId": given["store"], "valid": True}
    [code] = await lab.codes("FinishBigfileUpload", input=finish)
    assert code == "OBJECT_NOT_FOUND"
    row = await Store.objects.aget(pk=given["store"])
    assert (row.state, row.size_bytes) == ("requested", None)
    # What has arrived is told to whoever goes on with it; when nobody does, the space comes back.
    [part] = s3.list_parts(**about, UploadId=upload)["Parts"]
    assert (part["PartNumber"], part["Size"]) == (1, 6 * MIB)
    await Store.objects.filter(pk=row.pk).aupdate(expires_at=now() - timedelta(days=365))
    assert await as_job(hygiene.sweep) == 1
    assert on_disk(front) == 0
