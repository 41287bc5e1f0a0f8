"""Grants that open stores, and what clients say when they ask for one."""

from __future__ import annotations

from typing import Any

import strawberry

from chassis.config import current
from mikro_server.config import MikroConfig
from mikro_server.graphql.scalars import ByteCount
from mikro_server.operations.store import Opened


@strawberry.type(description="Temporary credentials that open exactly one store.")
class Credentials:
    """What a client signs its own requests to the object store with."""

    status: str = strawberry.field(description="`granted`.")
    access_key: str = strawberry.field(description="The access key.")
    secret_key: str = strawberry.field(description="The secret key.")
    session_token: str = strawberry.field(description="The token sent with every request.")
    region: str = strawberry.field(description="The region requests are signed for.")
    bucket: str = strawberry.field(description="The bucket.")
    key: str = strawberry.field(description="The key or the prefix.")
    path: str = strawberry.field(description="Bucket and key in one.")
    expires_in: int = strawberry.field(description="Seconds until the credentials end.")


@strawberry.type(description="Credentials that read one store.")
class ReadGrant(Credentials):
    """They list and get, nothing else."""

    store: str | None = strawberry.field(description="The id of the store.")


@strawberry.type(description="Credentials that write one store.")
class WriteGrant(Credentials):
    """They end, and are not renewed once the upload is finished."""

    action: str = strawberry.field(description="`write`.")
    store: str = strawberry.field(description="The id of the new store.")
    max_bytes: ByteCount = strawberry.field(description="Most bytes that may be written.")
    original_file_name: str | None = strawberry.field(description="The name of the file.")
    upload_file_name: str = strawberry.field(description="The key to write to.")
    upload_content_type: str | None = strawberry.field(description="The declared content type.")


def credentials_of(opened: Opened) -> dict[str, Any]:
    """Return what every grant tells."""
    grant = opened.grant
    return {
        "status": "granted",
        "access_key": grant.access_key,
        "secret_key": grant.secret_key,
        "session_token": grant.session_token,
        "region": current(MikroConfig).storage.region,
        "bucket": grant.bucket,
        "key": grant.path,
        "path": opened.store.path,
        "expires_in": grant.expires_seconds,
        "store": str(opened.store.pk),
    }


def write_grant(graphql_type: Any, opened: Opened) -> Any:
    """Return a grant to write, as the type of its kind."""
    store = opened.store
    return graphql_type(
        **credentials_of(opened),
        action="write",
        max_bytes=ByteCount(store.max_bytes),
        original_file_name=store.original_file_name,
        upload_file_name=store.key,
        upload_content_type=store.content_type,
    )


@strawberry.type(description="Credentials to write an array.")
class ZarrUploadGrant(WriteGrant):
    """For one prefix."""


@strawberry.type(description="Credentials to write a table.")
class ParquetUploadGrant(WriteGrant):
    """For one object."""


@strawberry.type(description="Credentials to write a file.")
class BigFileUploadGrant(WriteGrant):
    """For one object."""


@strawberry.type(description="Credentials to write a picture.")
class MediaUploadGrant(WriteGrant):
    """For one object."""


@strawberry.type(description="Credentials to write sparse data.")
class SparseUploadGrant(WriteGrant):
    """For one prefix."""


@strawberry.type(description="Credentials to write meshes.")
class FabriksUploadGrant(WriteGrant):
    """For one prefix."""


@strawberry.type(description="Credentials to write networks.")
class KonnektionUploadGrant(WriteGrant):
    """For one prefix."""


@strawberry.type(description="Credentials to write a model.")
class KulisseUploadGrant(WriteGrant):
    """For one object."""


@strawberry.type(description="Credentials to read an array.")
class ZarrAccessGrant(ReadGrant):
    """For one prefix."""


@strawberry.type(description="Credentials to read a table.")
class ParquetAccessGrant(ReadGrant):
    """For one object."""


@strawberry.type(description="Credentials to read a file.")
class BigFileAccessGrant(ReadGrant):
    """For one object."""


@strawberry.type(description="Credentials to read a picture.")
class MediaAccessGrant(ReadGrant):
    """For one object."""


@strawberry.type(description="Credentials to read sparse data.")
class SparseAccessGrant(ReadGrant):
    """For one prefix."""


@strawberry.type(description="Credentials to read meshes.")
class FabriksAccessGrant(ReadGrant):
    """For one prefix."""


@strawberry.type(description="Credentials to read networks.")
class KonnektionAccessGrant(ReadGrant):
    """For one prefix."""


@strawberry.type(description="Credentials to read a model.")
class KulisseAccessGrant(ReadGrant):
    """For one object."""


@strawberry.input(description="A file that is going to be uploaded.")
class RequestFileInput:
    """What is known before the first byte."""

    original_file_name: str = strawberry.field(description="The name of the file.")
    file_size: ByteCount | None = strawberry.field(default=None, description="Its size in bytes.")


@strawberry.input(description="A file that is going to be uploaded.")
class RequestBigFileUploadInput(RequestFileInput):
    """Of any format."""

    content_type: str | None = strawberry.field(default=None, description="Its content type.")


@strawberry.input(description="A picture that is going to be uploaded.")
class RequestMediaUploadInput(RequestFileInput):
    """Of any format."""

    content_type: str | None = strawberry.field(default=None, description="Its content type.")


@strawberry.input(description="A model that is going to be uploaded.")
class RequestKulisseUploadInput(RequestFileInput):
    """A binary glTF file."""


@strawberry.input(description="A table that is going to be uploaded.")
class RequestParquetUploadInput:
    """A Parquet file."""

    content_type: str | None = strawberry.field(default=None, description="Its content type.")


@strawberry.input(description="An array that is going to be uploaded.")
class RequestZarrUploadInput:
    """What is declared is held against what was written."""

    shape: list[int] | None = strawberry.field(default=None, description="Its shape.")
    chunks: list[int] | None = strawberry.field(default=None, description="Its chunks.")
    version: str | None = strawberry.field(default=None, description="The zarr format.")


@strawberry.input(description="A store.")
class StoreInput:
    """Named by its id."""

    store_id: str = strawberry.field(description="The id of the store.")


@strawberry.input(description="The end of an upload.")
class FinishInput(StoreInput):
    """Confirmed, or given up."""

    valid: bool = strawberry.field(description="False gives the upload up.")


def named_input(name: str, base: type) -> Any:
    """Make an input of a name of its own out of one whose fields it shares."""
    body = {"__doc__": base.__doc__}
    described = f"{name.removesuffix('Input')}: which store."
    return strawberry.input(type(name, (base,), body), description=described)
