"""Fixtures: `ceph_lab`, an organization on a platform whose data lies in a real Ceph with STS."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import boto3
import pytest
from lab import Lab
from platform_handle import deployed
from processes import eventually

from deployment.home import Home

sys.path.append(str(Path(__file__).parents[2] / "chassis" / "objectstore"))

import rgw

FORWARDER = Path(__file__).parent / "forwarder.py"


@contextmanager
def forwarded(path: Path, port: int) -> Iterator[None]:
    """Whoever connects to the Unix socket talks to the port: Ceph in the place of our front."""
    path.unlink(missing_ok=True)
    command = [sys.executable, str(FORWARDER), str(path), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.kill()


@pytest.fixture(scope="module")
def ceph_lab(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    # Ceph keeps sockets in its folder, so the path is short.
    folder = Path(tempfile.mkdtemp(prefix="bh"))
    try:
        try:
            ceph = rgw.start(folder / "ceph")
        except rgw.CannotRun as error:
            pytest.skip(str(error))
        try:
            yield from _on(ceph, folder, python, tmp_path_factory.mktemp("ceph-lab"))
        finally:
            ceph.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answers_health(ceph: rgw.Rgw) -> None:
    """Clients ask a store for /minio/health/live before they use it: an object all may read."""
    client = boto3.client(
        "s3",
        endpoint_url=ceph.url,
        region_name="us-east-1",
        aws_access_key_id=rgw.ACCESS_KEY,
        aws_secret_access_key=rgw.SECRET_KEY,
    )
    client.create_bucket(Bucket="minio")
    client.put_object(Bucket="minio", Key="health/live", Body=b"ok", ACL="public-read")
    client.close()


def _on(ceph: rgw.Rgw, folder: Path, python: Path, home: Path) -> Iterator[Lab]:
    access, secret = folder / "access", folder / "secret"
    _answers_health(ceph)
    access.write_text(rgw.ACCESS_KEY)
    secret.write_text(rgw.SECRET_KEY)
    variables = {
        "FAKTS__DEVICE_POLL_SECONDS": "1",
        "MIKRO__STORAGE__DRIVER": "sts",
        # Its own calls go there directly: Ceph takes a host that is no address for a bucket.
        "MIKRO__STORAGE__UDS": "null",
        "MIKRO__STORAGE__ENDPOINT": ceph.url,
        "MIKRO__STORAGE__STS__ROLE_ARN": rgw.ROLE_ARN,
        "MIKRO__STORAGE__STS__ACCESS_KEY_FILE": str(access),
        "MIKRO__STORAGE__STS__SECRET_KEY_FILE": str(secret),
        # Ceph 16 refuses bulk deletes under session policies; chunks of zeros are deleted so.
        "MIKRO__STORAGE__STS__ROLE_PER_GRANT": "true",
        # A role made by radosgw-admin grants an hour at most.
        "MIKRO__STORAGE__READ_GRANT_SECONDS": "3600",
        "MIKRO__STORAGE__WRITE_GRANT_SECONDS": "3600",
    }
    with deployed(variables, services=["fakts", "mikro", "objectstore"]) as platform:
        platform.deployed.stop("objectstore")
        with forwarded(Home(platform.deployed.home).socket("objectstore"), ceph.port):
            platform.kill("mikro")
            eventually(lambda: platform.pid("mikro"), "mikro is back")
            with closing(Lab(platform, name="ceph", folder=home, python=python)) as lab:
                yield lab
