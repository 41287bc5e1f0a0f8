"""Media and assets: rights to upload and read files, and the check of what was uploaded."""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass, replace

from chassis.config import current
from chassis.errors import Conflict, InvalidInput, PayloadTooLarge
from chassis.identity import Principal
from chassis.objectstore.contract import Grant, GrantScope
from chassis.objectstore.errors import ObjectNotFound
from rekuest_server.adapters.objects import MEDIA, served, storage_config
from rekuest_server.adapters.orm import in_thread
from rekuest_server.config import RekuestConfig
from rekuest_server.domain.text import name_of, text_of
from rekuest_server.models import Asset, MediaStore
from rekuest_server.operations.authoring import own, write_as
from rekuest_server.operations.identity import CallerIdentity

WRITE = "catalog.write"
READ = "catalog.read"
_REF = re.compile(r"sha256:[0-9a-f]{64}")
_GLTF = b"glTF"


@dataclass(frozen=True, slots=True)
class Opened:
    """A file and the credentials that open it."""

    store: MediaStore
    grant: Grant


async def media_request(
    *,
    principal: Principal,
    file_name: str | None = None,
    size: int | None = None,
    content_type: str | None = None,
) -> Opened:
    """Make a place for a file and credentials that write exactly it."""
    most = current(RekuestConfig).media.max_bytes
    if size is not None and size > most:
        raise PayloadTooLarge(f"A file has at most {most} bytes, not {size}.", field="fileSize")
    store = await write_as(
        principal, WRITE, _request, principal.organization, file_name, content_type, most
    )
    scope = replace(_scope(store, principal), max_bytes=most)
    return Opened(store, await served.get().grant_write(scope))


def _scope(store: MediaStore, principal: Principal) -> GrantScope:
    return GrantScope(
        bucket=store.bucket,
        key=store.key,
        client=principal.client,
        generation=principal.generation,
    )


def _request(
    author: CallerIdentity,
    organization: str,
    file_name: str | None,
    content_type: str | None,
    most: int,
) -> MediaStore:
    return MediaStore.objects.create(
        organization_id=author.organization_id,
        creator_id=author.user_id,
        bucket=storage_config().bucket(MEDIA),
        key=f"{organization}/{uuid.uuid4()}",
        original_file_name=None if file_name is None else name_of(file_name, "originalFileName"),
        content_type=text_of(content_type, "contentType", longest=200),
        max_bytes=most,
    )


async def media_access(*, principal: Principal, store: object) -> Opened:
    """Give credentials that read exactly one file of the organization."""
    row = await write_as(principal, READ, _own, store)
    if row.state == "DISCARDED":
        raise Conflict("The upload was given up.", field="storeId")
    if row.state == "REQUESTED":  # clients do not say that they have finished
        await _populate(row)
    return Opened(row, await served.get().grant_read(_scope(row, principal)))


async def media_finish(*, principal: Principal, store: object, valid: bool = True) -> MediaStore:
    """Confirm an upload, or give it up and drop what was written."""
    row = await write_as(principal, WRITE, _own, store)
    if valid:
        await _populate(row)
    else:
        await _discard(row)
    return row


def _own(author: CallerIdentity, key: object) -> MediaStore:
    return own(author, MediaStore.objects.all(), key, field="store")


async def _populate(row: MediaStore) -> None:
    try:
        info = await served.get().head(row.bucket, row.key)
    except ObjectNotFound:
        raise InvalidInput("Nothing was uploaded to this store yet.", field="storeId") from None
    if info.size > row.max_bytes:
        await _discard(row)
        raise PayloadTooLarge(
            f"The file has {info.size} bytes, {row.max_bytes} were allowed.", field="storeId"
        )
    row.state, row.size = "POPULATED", info.size
    await in_thread(row.save, update_fields=["state", "size"])


async def _discard(row: MediaStore) -> None:
    if await in_thread(Asset.objects.filter(store=row).exists):
        raise Conflict("The file is an asset that agents use.", field="storeId")
    await served.get().delete(row.bucket, row.key)
    row.state = "DISCARDED"
    await in_thread(row.save, update_fields=["state"])


async def asset_request(*, principal: Principal, ref: str, size: int | None = None) -> Opened:
    """Make a place for the bytes of an asset."""
    _checked_ref(ref)
    return await media_request(principal=principal, file_name=ref, size=size)


async def asset_create(*, principal: Principal, ref: str, store: object) -> Asset:
    """Keep an uploaded asset whose bytes have the hash that names it.

    Bytes of another hash are dropped and refused; an asset that is stored already stays.
    """
    _checked_ref(ref)
    row = await write_as(principal, WRITE, _own, store)
    await _populate(row)
    digest = hashlib.sha256()
    head = b""
    async for chunk in served.get().stream(row.bucket, row.key):
        head = head or chunk[:4]
        digest.update(chunk)
    if f"sha256:{digest.hexdigest()}" != ref:
        await _discard(row)
        raise InvalidInput("The uploaded bytes do not have this hash.", field="ref")
    kind = "MODEL_3D" if head == _GLTF else "IMAGE"
    asset: Asset = await write_as(principal, WRITE, _keep, ref, kind, row)
    if asset.store_id != row.pk:
        await _discard(row)
    return asset


def _keep(author: CallerIdentity, ref: str, kind: str, row: MediaStore) -> Asset:
    asset, _ = Asset.objects.select_for_update().get_or_create(
        organization_id=author.organization_id, ref=ref, defaults={"kind": kind}
    )
    if asset.store_id is None:
        asset.store, asset.size = row, row.size
        asset.save(update_fields=["store", "size"])
    return asset


def _checked_ref(ref: str) -> None:
    if not _REF.fullmatch(ref):
        raise InvalidInput("A ref is `sha256:` and 64 hex digits.", field="ref")
