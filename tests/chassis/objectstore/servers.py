"""S3 servers to hold side by side, and clients that speak to them in one way."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import boto3
import httpx
import obstore
from botocore.config import Config
from botocore.exceptions import ClientError
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from obstore.store import S3Store
from rgw import free_ports, listens

from chassis.objectstore.config import ObjectStoreConfig
from chassis.objectstore.contract import Grant

BUCKETS = {"zarr": "mikro-zarr", "media": "mikro-media"}


@dataclass
class Target:
    """A running server and how a service would be configured for it."""

    name: str
    url: str
    config: ObjectStoreConfig


@dataclass
class FrontProcess:
    """The front as a process of its own."""

    home: Path
    port: int = 0
    options: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    #: Listen on this unix socket instead of a port.
    uds: Path | None = None

    def start(self) -> FrontProcess:
        self.port = self.port or free_ports(1)[0]
        environment = os.environ | {
            "OBJECTSTORE__FOLDER": str(self.home / "objects"),
            "OBJECTSTORE__SECRET_FILE": str(self.home / "key"),
            "OBJECTSTORE__RESERVE_BYTES": "0",
            "OBJECTSTORE__LOGS__LEVEL": "WARNING",
            **{f"OBJECTSTORE__{name.upper()}": value for name, value in self.options.items()},
        }
        place = ["--uds", str(self.uds)] if self.uds else ["--port", str(self.port)]
        command = [sys.executable, "-m", "chassis.objectstore.front", *place]
        self.process = subprocess.Popen(command, env=environment, start_new_session=True)
        until = time.monotonic() + 60
        while not (self.uds.exists() if self.uds else listens(self.port)):
            assert self.process.poll() is None and time.monotonic() < until, "no front"
            time.sleep(0.02)
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def target(self) -> Target:
        secret = self.home / "key"
        config = ObjectStoreConfig(
            endpoint=self.url, uds=self.uds, secret_file=secret, buckets=BUCKETS
        )
        return Target("front", self.url, config)

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)


class Refused(Exception):
    """What a client was told, as the code of S3 or the status."""


class Client(Protocol):
    """What every client library can do."""

    def put(self, key: str, data: bytes) -> str: ...

    def put_new(self, key: str, data: bytes) -> None: ...

    def get(self, key: str) -> bytes: ...

    def get_range(self, key: str, start: int, length: int) -> bytes: ...

    def size(self, key: str) -> int: ...

    def list(self, prefix: str) -> list[str]: ...

    def delete(self, keys: Iterable[str]) -> None: ...


def boto_client(url: str, grant: Grant, **config: Any) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=grant.access_key,
        aws_secret_access_key=grant.secret_key,
        aws_session_token=grant.session_token,
        region_name="us-east-1",
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            retries={"max_attempts": 0},
            connect_timeout=60,
            read_timeout=120,
            **config,
        ),
    )


class BotoClient:
    """boto3 with its default checksums."""

    def __init__(self, url: str, grant: Grant) -> None:
        self.s3 = boto_client(url, grant)
        self.bucket = grant.bucket

    def _call(self, name: str, **arguments: Any) -> Any:
        try:
            return getattr(self.s3, name)(Bucket=self.bucket, **arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise Refused({"404": "NoSuchKey", "403": "AccessDenied"}.get(code, code)) from None

    def put(self, key: str, data: bytes) -> str:
        return self._call("put_object", Key=key, Body=data)["ETag"].strip('"')

    def put_new(self, key: str, data: bytes) -> None:
        self._call("put_object", Key=key, Body=data, IfNoneMatch="*")

    def get(self, key: str) -> bytes:
        return self._call("get_object", Key=key)["Body"].read()

    def get_range(self, key: str, start: int, length: int) -> bytes:
        text = f"bytes={start}" if start < 0 else f"bytes={start}-{start + length - 1}"
        return self._call("get_object", Key=key, Range=text)["Body"].read()

    def size(self, key: str) -> int:
        return self._call("head_object", Key=key)["ContentLength"]

    def list(self, prefix: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix, PaginationConfig={"PageSize": 7}
        )
        return [one["Key"] for page in pages for one in page.get("Contents", [])]

    def delete_one(self, key: str) -> None:
        self._call("delete_object", Key=key)

    def delete(self, keys: Iterable[str]) -> None:
        done = self._call("delete_objects", Delete={"Objects": [{"Key": key} for key in keys]})
        for error in done.get("Errors", []):
            raise Refused(error["Code"])


class MinioClient:
    """The minio package."""

    def __init__(self, url: str, grant: Grant) -> None:
        host = url.removeprefix("http://")
        keys = (grant.access_key, grant.secret_key, grant.session_token)
        self.minio = Minio(host, *keys, secure=False, region="us-east-1")
        self.bucket = grant.bucket

    def _read(self, key: str, **arguments: Any) -> bytes:
        try:
            response = self.minio.get_object(self.bucket, key, **arguments)
        except S3Error as error:
            raise Refused(error.code) from None
        with response:
            data = response.read()
        response.release_conn()
        return data

    def put(self, key: str, data: bytes) -> str:
        try:
            # Without a length it is a multipart upload, however small.
            stream, part = io.BytesIO(data), 5 * 1024 * 1024
            length = -1 if len(data) > part else len(data)
            done = self.minio.put_object(self.bucket, key, stream, length, part_size=part)
        except S3Error as error:
            raise Refused(error.code) from None
        return str(done.etag)

    def put_new(self, key: str, data: bytes) -> None:
        raise NotImplementedError

    def get(self, key: str) -> bytes:
        return self._read(key)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        if start < 0:
            return self._read(key, request_headers={"Range": f"bytes={start}"})
        return self._read(key, offset=start, length=length)

    def size(self, key: str) -> int:
        try:
            return int(self.minio.stat_object(self.bucket, key).size or 0)
        except S3Error as error:
            raise Refused(error.code) from None

    def list(self, prefix: str) -> list[str]:
        try:
            found = self.minio.list_objects(self.bucket, prefix, recursive=True)
            return [str(one.object_name) for one in found]
        except S3Error as error:
            raise Refused(error.code) from None

    def delete(self, keys: Iterable[str]) -> None:
        errors = self.minio.remove_objects(self.bucket, [DeleteObject(key) for key in keys])
        for error in errors:
            raise Refused(error.code)


class ObstoreClient:
    """obstore, on which the released imaging client stands."""

    def __init__(self, url: str, grant: Grant) -> None:
        moment = timedelta(milliseconds=10)
        self.store = S3Store(
            grant.bucket,
            endpoint=url,
            access_key_id=grant.access_key,
            secret_access_key=grant.secret_key,
            session_token=grant.session_token,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True, "timeout": timedelta(seconds=60)},
            retry_config={
                "max_retries": 0,
                "retry_timeout": timedelta(seconds=1),
                "backoff": {"init_backoff": moment, "max_backoff": moment, "base": 2.0},
            },
        )

    def put(self, key: str, data: bytes) -> str:
        try:
            return str(self.store.put(key, data)["e_tag"]).strip('"')
        except (obstore.exceptions.BaseError, OSError) as error:
            raise refused(error) from None

    def put_new(self, key: str, data: bytes) -> None:
        try:
            self.store.put(key, data, mode="create")
        except (obstore.exceptions.BaseError, OSError) as error:
            raise refused(error) from None

    def get(self, key: str) -> bytes:
        try:
            return bytes(self.store.get(key).bytes())
        except (obstore.exceptions.BaseError, OSError) as error:
            raise refused(error) from None

    def get_range(self, key: str, start: int, length: int) -> bytes:
        if start < 0:
            return bytes(self.store.get(key, options={"range": {"suffix": -start}}).bytes())
        return bytes(self.store.get_range(key, start=start, length=length))

    def size(self, key: str) -> int:
        try:
            return int(self.store.head(key)["size"])
        except (obstore.exceptions.BaseError, OSError) as error:
            raise refused(error) from None

    def list(self, prefix: str) -> list[str]:
        try:
            return [one["path"] for page in self.store.list(prefix) for one in page]
        except (obstore.exceptions.BaseError, OSError) as error:
            raise refused(error) from None

    def delete(self, keys: Iterable[str]) -> None:
        try:
            self.store.delete(list(keys))
        except (obstore.exceptions.BaseError, OSError) as error:
            raise refused(error) from None


def refused(error: Exception) -> Refused:
    """Return the refusal behind an error of obstore."""
    if isinstance(error, FileNotFoundError):
        return Refused("NoSuchKey")
    if "AlreadyExists" in type(error).__name__ or isinstance(error, FileExistsError):
        return Refused("PreconditionFailed")
    if "PermissionDenied" in type(error).__name__:
        return Refused("AccessDenied")
    return Refused(str(error))


CLIENTS: dict[str, type[Any]] = {
    "boto3": BotoClient,
    "minio": MinioClient,
    "obstore": ObstoreClient,
}


def raw(url: str, method: str, path: str, data: bytes = b"", **headers: str) -> httpx.Response:
    """Send a request as it is, unsigned."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.request(method, url + path, content=data, headers=named, timeout=120)
