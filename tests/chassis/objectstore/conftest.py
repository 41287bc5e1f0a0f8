"""Fixtures of the object store's tests.

`front`: our server as a process of its own, over a temporary folder. `remote`: the same over the
real Ceph, whose one key it holds. `ceph`: a real Ceph RGW, made once and started while other tests
run (CEPH_RGW_URL names one that runs already), with a role for each grant that writes a prefix;
`ceph_policies`: the same with session policies alone. `target`: each server of the conformance
suite in turn (MinIO too when MINIO_URL is set). `store`: the driver of a target. `grant`: a fresh
prefix there.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import rgw
from servers import BUCKETS, CLIENTS, Client, FrontProcess, Target

from chassis.objectstore.config import ObjectStoreConfig, StsConfig
from chassis.objectstore.contract import Grant, GrantScope, ObjectStore
from chassis.objectstore.stores import open_store

TARGETS = ("front", "remote", "ceph", *(("minio",) if os.environ.get("MINIO_URL") else ()))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests beside Ceph come last, in whatever order: until then it has started."""

    def beside_ceph(item: pytest.Item) -> bool:
        return "[ceph" in item.name or "[remote" in item.name or "_sts_" in item.name

    items.sort(key=beside_ceph)
    for item in filter(beside_ceph, items):
        # The first of them may have to wait for an installation.
        item.add_marker(pytest.mark.timeout(400))


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A short path, for Ceph keeps sockets there."""
    path = Path(tempfile.mkdtemp(prefix="bh"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _ceph_start(home: Path, request: pytest.FixtureRequest) -> Iterator[Future[rgw.Rgw]]:
    """Begin early: Ceph takes a quarter of a minute, which other tests can use."""
    wanted = any(
        "[ceph" in item.name
        or "[remote" in item.name
        or "ceph" in getattr(item, "fixturenames", ())
        for item in request.session.items
    )
    wanted = wanted and "CEPH_RGW_URL" not in os.environ
    with ThreadPoolExecutor(1) as pool:
        future: Future[rgw.Rgw] = Future()
        if wanted:
            future = pool.submit(rgw.start, home / "ceph")
        yield future
        if wanted and future.exception() is None:
            future.result().stop()


@pytest.fixture(scope="session")
def ceph(_ceph_start: Future[rgw.Rgw], home: Path) -> Target:
    url = os.environ.get("CEPH_RGW_URL")
    try:
        url = url or _ceph_start.result().url
    except rgw.CannotRun as error:
        pytest.skip(str(error))
    target = sts_target("ceph", url, rgw.ACCESS_KEY, rgw.SECRET_KEY, rgw.ROLE_ARN, home)
    sts = target.config.sts.model_copy(update={"role_per_grant": True})
    return replace(target, config=target.config.model_copy(update={"sts": sts}))


@pytest.fixture(scope="session")
def ceph_policies(ceph: Target) -> Target:
    sts = ceph.config.sts.model_copy(update={"role_per_grant": False})
    return replace(ceph, config=ceph.config.model_copy(update={"sts": sts}))


@pytest.fixture(scope="session")
def minio(home: Path) -> Target:
    keys = os.environ["MINIO_ACCESS_KEY"], os.environ["MINIO_SECRET_KEY"]
    return sts_target("minio", os.environ["MINIO_URL"], *keys, "arn:aws:iam:::role/any", home)


def sts_target(
    name: str, url: str, access_key: str, secret_key: str, role: str, home: Path
) -> Target:
    access, secret = home / f"{name}-access", home / f"{name}-secret"
    access.write_text(access_key)
    secret.write_text(secret_key)
    sts = StsConfig(role_arn=role, access_key_file=access, secret_key_file=secret)
    # A role made by radosgw-admin grants an hour at most.
    config = ObjectStoreConfig(
        driver="sts",
        endpoint=url,
        buckets=BUCKETS,
        sts=sts,
        read_grant_seconds=3600,
        write_grant_seconds=3600,
    )
    return Target(name, url, config)


@pytest.fixture(scope="session")
def front_process(home: Path) -> Iterator[FrontProcess]:
    process = FrontProcess(home / "front").start()
    yield process
    process.stop()


@pytest.fixture(scope="session")
def front(front_process: FrontProcess) -> Target:
    return front_process.target


@pytest.fixture(scope="session")
def remote(ceph: Target, home: Path) -> Iterator[Target]:
    process = FrontProcess(home / "remote", options=remote_options(ceph.url, home)).start()
    yield Target("remote", process.url, process.target.config)
    process.stop()


def remote_options(url: str, home: Path) -> dict[str, str]:
    """The front's configuration over Ceph."""
    return {
        "backend": "s3",
        "remote__endpoint": url,
        "remote__access_key_file": str(home / "ceph-access"),
        "remote__secret_key_file": str(home / "ceph-secret"),
    }


@pytest.fixture(scope="session", params=TARGETS)
def target(request: pytest.FixtureRequest) -> Target:
    return request.getfixturevalue(request.param)


@pytest.fixture
async def store(target: Target) -> AsyncIterator[ObjectStore]:
    store = open_store(target.config)
    await store.ensure_buckets()
    yield store
    await store.aclose()


@pytest.fixture
def prefix() -> str:
    return f"org-{uuid.uuid4().hex[:8]}/{uuid.uuid4()}"


@pytest.fixture
async def grant(store: ObjectStore, prefix: str) -> Grant:
    return await store.grant_write(GrantScope(bucket="mikro-zarr", prefix=prefix))


@pytest.fixture(params=[*CLIENTS])
def client(request: pytest.FixtureRequest, target: Target, grant: Grant) -> Client:
    return CLIENTS[request.param](target.url, grant)
