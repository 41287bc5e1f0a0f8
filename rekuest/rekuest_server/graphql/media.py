"""Files of agents and people: assets and media, and the rights to reach them."""

from __future__ import annotations

from typing import Any, TypeVar

import strawberry
import strawberry_django
from django.db.models import QuerySet

from chassis.definitions.graphql.enums import AssetKind
from chassis.definitions.graphql.scalars import ByteCount, MediaLike
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import column
from rekuest_server import models
from rekuest_server.operations import media as media_operations
from rekuest_server.selectors import kept


@strawberry_django.type(
    models.Asset, description="A file an agent declares, known by the hash of its bytes."
)
class Asset:
    """Shared by all agents that declare the same bytes."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    ref: str = strawberry_django.field(description="`sha256:` and the hash of the bytes.")

    @column("kind", description="What it is a file of.")
    def kind(self: models.Asset) -> AssetKind:
        """Return the kind."""
        return AssetKind(self.kind)


@strawberry_django.type(models.MediaStore, description="A file in the object store.")
class MediaStore:
    """A place in a bucket."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    bucket: str = strawberry_django.field(description="The bucket.")
    key: str = strawberry_django.field(description="The key in the bucket.")
    state: str = strawberry_django.field(description="REQUESTED, POPULATED or DISCARDED.")

    @column("bucket", "key", description="Where it lies.")
    def path(self: models.MediaStore) -> str:
        """Return bucket and key in one."""
        return self.path


@strawberry.interface(description="A right to reach one object for a while.")
class StoreGrant:
    """Temporary credentials."""

    access_key: str = strawberry.field(description="The temporary key id.")
    secret_key: str = strawberry.field(description="The temporary secret.")
    session_token: str = strawberry.field(description="The temporary token.")
    bucket: str = strawberry.field(description="The bucket.")
    key: str = strawberry.field(description="The key in the bucket.")
    path: str = strawberry.field(description="Where it lies.")
    expires_in: int = strawberry.field(description="Seconds until it ends.")


@strawberry.type(description="A right to read one file for a while.")
class MediaAccessGrant(StoreGrant):
    """Reading only."""


@strawberry.type(description="A right to write one file for a while.")
class MediaUploadGrant(StoreGrant):
    """Writing, up to a size."""

    store: str = strawberry.field(description="What stands for the file in arguments.")
    max_bytes: ByteCount = strawberry.field(description="The most bytes that are taken.")


@strawberry.type(description="A right to write one asset for a while.")
class AssetUploadGrant(StoreGrant):
    """Writing, up to a size."""

    store: str = strawberry.field(description="What stands for the file.")
    max_bytes: ByteCount = strawberry.field(description="The most bytes that are taken.")


U = TypeVar("U", MediaUploadGrant, AssetUploadGrant)


@strawberry.input(description="A file somebody wants to upload.")
class RequestMediaUploadInput:
    """Its name, and what is known of it."""

    original_file_name: str = strawberry.field(description="Its name where it comes from.")
    file_size: ByteCount | None = strawberry.field(default=None, description="Its size.")
    content_type: str | None = strawberry.field(default=None, description="Its media type.")


@strawberry.input(description="A file somebody wants to read.")
class RequestMediaAccessInput:
    """A stored file."""

    store_id: str = strawberry.field(description="The stored file.")


@strawberry.input(description="An upload that has ended.")
class FinishMediaUploadInput:
    """A stored file."""

    store_id: str = strawberry.field(description="The stored file.")
    valid: bool = strawberry.field(default=True, description="Whether it is to be kept.")


@strawberry.input(description="An asset an agent wants to upload.")
class RequestAssetUploadInput:
    """Its hash."""

    ref: str = strawberry.field(description="`sha256:` and the hash of the bytes.")
    size: int | None = strawberry.field(default=None, description="Its size.")


@strawberry.input(description="An asset that has been uploaded.")
class CreateAssetInput:
    """Its hash, and where it lies."""

    ref: str = strawberry.field(description="`sha256:` and the hash of the bytes.")
    store: MediaLike = strawberry.field(description="The stored file.")


def _rights(opened: media_operations.Opened) -> dict[str, Any]:
    """Return what every right tells."""
    grant = opened.grant
    return {
        "access_key": grant.access_key,
        "secret_key": grant.secret_key,
        "session_token": grant.session_token,
        "bucket": grant.bucket,
        "key": grant.path,
        "path": opened.store.path,
        "expires_in": grant.expires_seconds,
    }


def _upload(kind: type[U], opened: media_operations.Opened) -> U:
    return kind(
        **_rights(opened), store=str(opened.store.pk), max_bytes=ByteCount(opened.store.max_bytes)
    )


@strawberry.type
class Query:
    """Root fields of assets."""

    @strawberry_django.field(
        graphql_type=Asset | None,
        description="The stored asset of a hash, or null if nobody uploaded it.",
    )
    def asset(self, info: Info, ref: str) -> QuerySet[models.Asset]:
        """Return the asset."""
        return kept.assets_visible_to(principal_of(info)).filter(ref=ref)


@strawberry.type
class Mutation:
    """Root fields that reach the object store."""

    @strawberry.mutation(description="Ask for the right to upload a file.")
    async def request_media_upload(
        self, info: Info, input: RequestMediaUploadInput
    ) -> MediaUploadGrant:
        """Return credentials that write one object."""
        opened = await media_operations.media_request(
            principal=principal_of(info),
            file_name=input.original_file_name,
            size=input.file_size,
            content_type=input.content_type,
        )
        return _upload(MediaUploadGrant, opened)

    @strawberry.mutation(graphql_type=MediaStore, description="Confirm an upload, or give it up.")
    async def finish_media_upload(
        self, info: Info, input: FinishMediaUploadInput
    ) -> models.MediaStore:
        """Look at what was uploaded."""
        return await media_operations.media_finish(
            principal=principal_of(info), store=input.store_id, valid=input.valid
        )

    @strawberry.mutation(description="Ask for the right to read a file.")
    async def request_media_access(
        self, info: Info, input: RequestMediaAccessInput
    ) -> MediaAccessGrant:
        """Return credentials that read one object."""
        opened = await media_operations.media_access(
            principal=principal_of(info), store=input.store_id
        )
        return MediaAccessGrant(**_rights(opened))

    @strawberry.mutation(description="Ask for the right to upload an asset.")
    async def request_asset_upload(
        self, info: Info, input: RequestAssetUploadInput
    ) -> AssetUploadGrant:
        """Return credentials that write one object."""
        opened = await media_operations.asset_request(
            principal=principal_of(info), ref=input.ref, size=input.size
        )
        return _upload(AssetUploadGrant, opened)

    @strawberry.mutation(
        graphql_type=Asset, description="Keep an uploaded asset if its bytes have its hash."
    )
    async def create_asset(self, info: Info, input: CreateAssetInput) -> models.Asset:
        """Compute the hash."""
        return await media_operations.asset_create(
            principal=principal_of(info), ref=input.ref, store=input.store
        )
