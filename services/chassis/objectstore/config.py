"""Configuration of object storage: the section a service embeds, and that of the front process."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from chassis.config import Section, ServiceConfig

#: First path segments at the gateway's root that are not buckets.
RESERVED_NAMES = frozenset(
    {"fakts", "rekuest", "mikro", "kabinet", "gateway", "minio", "static", "assets", "api"}
)
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
_BUCKET = re.compile(r"(?!xn--|sthree-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def checked_bucket(name: str) -> str:
    """Return the name if a bucket may bear it at the gateway's root."""
    if not _BUCKET.fullmatch(name) or ".." in name:
        raise ValueError(f"{name!r} is not a bucket name: 3 to 63 of a-z 0-9 . -")
    if name in RESERVED_NAMES:
        raise ValueError(f"{name!r} is the path of a service at the gateway")
    return name


class StsConfig(Section):
    """An S3 server with STS AssumeRole and inline session policies."""

    endpoint: str | None = Field(None, description="Where AssumeRole is asked; default: endpoint.")
    role_arn: str = Field("arn:aws:iam:::role/app", description="Role that is assumed for grants.")
    access_key_file: Path | None = Field(None, description="File with the server's access key.")
    secret_key_file: Path | None = Field(None, description="File with the server's secret key.")
    role_per_grant: bool = Field(
        False,
        description=(
            "Make a role for each grant that writes a prefix, trusted as `role_arn` is, instead of"
            " narrowing that by a session policy. For Ceph 16, which refuses bulk deletes under"
            " those; the server's user needs the right to make roles (`roles=*`)."
        ),
    )


class ObjectStoreConfig(Section):
    """Where objects are kept and how strangers get at them."""

    driver: Literal["front", "sts", "memory"] = Field(
        "front", description="`front` is our own S3 server, `sts` any with AssumeRole."
    )
    endpoint: str = Field(
        "http://127.0.0.1:9000", description="Address for the server's own calls to the store."
    )
    uds: Path | None = Field(None, description="Unix socket of the front; wins over `endpoint`.")
    region: str = Field("us-east-1", description="Region in signatures; clients sign us-east-1.")
    secret_file: Path = Field(
        Path("objectstore.key"),
        description="`front`: secret that signs grants, shared by service and front.",
    )
    sts: StsConfig = Field(default_factory=StsConfig, description="`sts`: role and keys.")
    buckets: dict[str, str] = Field(
        default_factory=dict, description="Bucket of each kind of object."
    )
    read_grant_seconds: int = Field(
        43_200, ge=900, le=43_200, description="Lifetime of a read grant; readers never renew."
    )
    write_grant_seconds: int = Field(
        43_200, ge=900, le=43_200, description="Lifetime of a write grant; writers never renew."
    )
    timeout_seconds: float = Field(30, gt=0, description="Longest wait for one own call.")

    @field_validator("buckets")
    @classmethod
    def _buckets_are_names(cls, buckets: dict[str, str]) -> dict[str, str]:
        return {kind: checked_bucket(name) for kind, name in buckets.items()}

    def bucket(self, kind: str) -> str:
        """Return the bucket of a kind of object."""
        return self.buckets[kind]


class RemoteConfig(Section):
    """Another S3 server that holds the objects, opened by one key of its own."""

    endpoint: str = Field(
        "", description="Its address, `https://host[:port]`; buckets are named in the path."
    )
    region: str = Field("us-east-1", description="Region in signatures.")
    access_key_file: Path | None = Field(None, description="File with the access key.")
    secret_key_file: Path | None = Field(None, description="File with the secret key.")
    session_token_file: Path | None = Field(
        None, description="File with the session token, for keys that need one."
    )
    ca_file: Path | None = Field(None, description="Certificates to trust instead of the usual.")
    timeout_seconds: float = Field(60, gt=0, description="Longest silence in one call.")


class FrontConfig(ServiceConfig):
    """Keys of the section `objectstore`: our own S3 server."""

    service: ClassVar[str] = "objectstore"

    backend: Literal["folder", "s3"] = Field(
        "folder", description="Where objects lie: in `folder`, or on the S3 server `remote`."
    )
    remote: RemoteConfig = Field(
        default_factory=RemoteConfig, description="`s3`: the server and its key."
    )
    folder: Path = Field(Path("objects"), description="Folder that holds the objects.")
    secret_file: Path = Field(
        Path("objectstore.key"), description="Secret that signs grants; made when it is missing."
    )
    fsync: Literal["full", "data", "none"] = Field(
        "full",
        description=(
            "What an answered PUT has survived: `full` power loss, `data` power loss but for the"
            " name of the newest objects, `none` only a crash of this process."
        ),
    )
    reserve_bytes: int = Field(
        1024**3, ge=0, description="Writes are refused when the disk would have less left."
    )
    stop_share: float = Field(
        0.95, gt=0, le=1, description="Share of the disk that objects may fill it to."
    )
    allowed_origins: tuple[str, ...] = Field(
        (),
        description=(
            "Origins (`https://host[:port]`, or `*`) whose pages may call the front from a browser;"
            " pages of its own origin always may."
        ),
    )
    workers: int = Field(64, ge=1, le=512, description="Requests that are carried out at once.")
    connections: int = Field(1024, ge=1, description="Connections that are kept open.")
    idle_seconds: float = Field(120, gt=0, description="A silent connection is closed after this.")
    stall_seconds: float = Field(60, gt=0, description="A body or reader that stalls is dropped.")
    skew_seconds: int = Field(900, ge=1, description="Clock skew that is forgiven in signatures.")
    object_bytes: int = Field(
        5 * 1024**4, ge=1, description="Largest object; one PUT or part takes up to 5 GiB."
    )

    @field_validator("allowed_origins")
    @classmethod
    def _origins_are_bare(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin: https://host[:port], in small letters")
        return origins
