"""Files of agents and people: assets and media. The server grants no access to a store yet."""

from __future__ import annotations

import strawberry

from chassis.definitions.graphql.enums import AssetKind
from chassis.definitions.graphql.scalars import ByteCount, MediaLike
from chassis.graphql import Info, principal_of
from rekuest_server.selectors import unbuilt


@strawberry.type(description="A file an agent declares, known by the hash of its bytes.")
class Asset:
    """Shared by all agents that declare the same bytes."""

    id: strawberry.ID = strawberry.field(description="The id of the row.")
    ref: str = strawberry.field(description="`sha256:` and the hash of the bytes.")
    kind: AssetKind = strawberry.field(description="What it is a file of.")


@strawberry.type(description="A file in the object store.")
class MediaStore:
    """A place in a bucket."""

    id: strawberry.ID = strawberry.field(description="The id of the row.")
    path: str = strawberry.field(description="Where it lies.")
    bucket: str = strawberry.field(description="The bucket.")
    key: str = strawberry.field(description="The key in the bucket.")


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


@strawberry.type
class Query:
    """Root fields of assets."""

    @strawberry.field(description="The stored asset of a hash, or null if nobody uploaded it.")
    def asset(self, info: Info, ref: str) -> Asset | None:
        """Find nothing."""
        unbuilt.none_of(principal_of(info))
        return None


@strawberry.type
class Mutation:
    """Root fields that reach the object store."""

    @strawberry.mutation(description="Ask for the right to upload a file; not offered yet.")
    def request_media_upload(self, info: Info, input: RequestMediaUploadInput) -> MediaUploadGrant:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "uploads")

    @strawberry.mutation(description="Tell that an upload has ended; not offered yet.")
    def finish_media_upload(self, info: Info, input: FinishMediaUploadInput) -> MediaStore:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "uploads")

    @strawberry.mutation(description="Ask for the right to read a file; not offered yet.")
    def request_media_access(self, info: Info, input: RequestMediaAccessInput) -> MediaAccessGrant:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "uploads")

    @strawberry.mutation(description="Ask for the right to upload an asset; not offered yet.")
    def request_asset_upload(self, info: Info, input: RequestAssetUploadInput) -> AssetUploadGrant:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "assets")

    @strawberry.mutation(description="Keep an uploaded asset; not offered yet.")
    def create_asset(self, info: Info, input: CreateAssetInput) -> Asset:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "assets")
