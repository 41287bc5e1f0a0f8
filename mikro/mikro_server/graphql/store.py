"""Stores, the grants that open them, and the mutations the clients' upload layer sends."""

from __future__ import annotations

from typing import Any

import strawberry
import strawberry_django
from strawberry.scalars import JSON

from chassis.graphql import Info, principal_of
from mikro_server import models
from mikro_server.domain.kinds import StoreKind
from mikro_server.graphql.fields import author_of
from mikro_server.graphql.grant import (
    BigFileAccessGrant,
    BigFileUploadGrant,
    FabriksAccessGrant,
    FabriksUploadGrant,
    FinishInput,
    KonnektionAccessGrant,
    KonnektionUploadGrant,
    KulisseAccessGrant,
    KulisseUploadGrant,
    MediaAccessGrant,
    MediaUploadGrant,
    ParquetAccessGrant,
    ParquetUploadGrant,
    RequestBigFileUploadInput,
    RequestKulisseUploadInput,
    RequestMediaUploadInput,
    RequestParquetUploadInput,
    RequestZarrUploadInput,
    SparseAccessGrant,
    SparseUploadGrant,
    StoreInput,
    ZarrAccessGrant,
    ZarrUploadGrant,
    credentials_of,
    named_input,
    write_grant,
)
from mikro_server.graphql.scalars import ByteCount
from mikro_server.operations import store as operations


@strawberry_django.type(models.Store, description="Where data lies in the object store.")
class StoredObject:
    """What every kind of store has."""

    id: strawberry.ID = strawberry_django.field(description="The id of the store.")
    bucket: str = strawberry_django.field(description="The bucket.")
    key: str = strawberry_django.field(description="The key or the prefix.")
    max_bytes: ByteCount | None = strawberry_django.field(description="Most bytes allowed.")
    size_bytes: ByteCount | None = strawberry_django.field(
        description="Bytes found when the upload was finished."
    )

    @strawberry_django.field(only=["bucket", "key"], description="Bucket and key in one.")
    def path(self: models.Store) -> str:
        """Join them."""
        return self.path


def _metadata(key: str, graphql_type: Any, description: str, default: Any = None) -> Any:
    """Make a field of what finish read of a store."""

    def read(self: models.Store) -> Any:
        return self.metadata.get(key, default)

    read.__annotations__["return"] = graphql_type
    return strawberry_django.field(read, only=["metadata"], description=description)


@strawberry_django.type(models.Store, description="The store of a file.")
class BigFileStore(StoredObject):
    """One object."""

    original_file_name: str | None = strawberry_django.field(description="The name of the file.")
    content_type: str | None = strawberry_django.field(description="The declared content type.")


@strawberry_django.type(models.Store, description="The store of a picture.")
class MediaStore(StoredObject):
    """One object."""

    original_file_name: str | None = strawberry_django.field(description="The name of the file.")
    content_type: str | None = strawberry_django.field(description="The declared content type.")


@strawberry_django.type(models.Store, description="The store of a table.")
class ParquetStore(StoredObject):
    """One object."""

    original_file_name: str | None = strawberry_django.field(description="The name of the file.")
    content_type: str | None = strawberry_django.field(description="The declared content type.")


@strawberry_django.type(models.Store, description="The store of an array.")
class ZarrStore(StoredObject):
    """A prefix with one zarr v3 array at its root."""

    shape: list[int] = _metadata("shape", list[int], "The shape.", [])
    chunks: list[int] = _metadata("chunks", list[int], "The unit of reading.", [])
    shards: list[int] | None = _metadata("shards", list[int] | None, "The unit of writing.")
    dtype: str | None = _metadata("dtype", str | None, "The element type.")
    dimension_names: list[str | None] | None = _metadata(
        "dimension_names", list[str | None] | None, "The names the array gives its axes."
    )
    fill_value: JSON = _metadata("fill_value", JSON, "What an absent chunk holds.", 0)
    attributes: JSON | None = _metadata("attributes", JSON | None, "The attributes.")
    codecs: JSON | None = _metadata("codecs", JSON | None, "How chunks are encoded.")
    chunk_key_encoding: JSON | None = _metadata(
        "chunk_key_encoding", JSON | None, "How chunks are named."
    )
    storage_transformers: JSON | None = _metadata(
        "storage_transformers", JSON | None, "How the store is transformed."
    )

    @strawberry_django.field(only=["kind"], description="The zarr format.")
    def version(self: models.Store) -> str | None:
        """Only format 3 is taken."""
        return "3"


@strawberry_django.type(models.Store, description="The store of meshes.")
class FabriksStore(StoredObject):
    """A prefix with a manifest."""

    spec_version: str | None = _metadata("specVersion", str | None, "The version of the format.")
    grid: JSON | None = _metadata("grid", JSON | None, "The grid of the manifest.")
    encoding: JSON | None = _metadata("encoding", JSON | None, "The encoding.")
    axes: list[str] | None = _metadata("axes", list[str] | None, "The axes.")
    counts: JSON | None = _metadata("counts", JSON | None, "The counts.")
    files: JSON | None = _metadata("files", JSON | None, "The files.")


@strawberry_django.type(models.Store, description="The store of networks.")
class KonnektionStore(FabriksStore):
    """A prefix with a manifest."""

    attributes: JSON | None = _metadata("attributes", JSON | None, "The attributes of nodes.")


@strawberry.type(description="One way a sparse store is laid out.")
class SparseLayout:
    """As its closing block says."""

    path: str = strawberry.field(description="Where it lies in the store.")
    encoding: str = strawberry.field(description="The encoding.")
    encoding_version: str | None = strawberry.field(description="Its version.")
    indexed_axis: int = strawberry.field(description="The axis it is fast along.")
    index_order: list[int] = strawberry.field(description="The order of the axes.")
    nnz: int = strawberry.field(description="How many values are not zero.")
    dtype: str = strawberry.field(description="The element type.")
    chunks: JSON | None = strawberry.field(description="The chunks.")
    range_readable: bool = strawberry.field(description="Whether parts of it can be read.")


@strawberry_django.type(models.Store, description="The store of sparse data.")
class SparseStore(StoredObject):
    """A prefix with a zarr group."""

    spec: str | None = _metadata("spec", str | None, "The version of the format.")
    shape: list[int] | None = _metadata("shape", list[int] | None, "The shape.")
    layouts: list[SparseLayout] = _metadata("none", list[SparseLayout], "The layouts.", [])


@strawberry_django.type(models.Store, description="The store of a model.")
class KulisseStore(StoredObject):
    """One binary glTF file."""

    original_file_name: str | None = strawberry_django.field(description="The name of the file.")
    ref: str | None = _metadata("ref", str | None, "What the model refers to.")
    bounds: JSON | None = _metadata("bounds", JSON | None, "The box around it.")
    nodes: list[str] | None = _metadata("nodes", list[str] | None, "The names of its nodes.")
    joints: JSON | None = _metadata("joints", JSON | None, "Its joints.")
    warnings: list[str] | None = _metadata("warnings", list[str] | None, "What is odd about it.")


def _request(kind: StoreKind, grant: Any, input_type: Any = None) -> Any:
    """Make the mutation that asks for an upload of one kind."""

    async def bare(info: Info) -> Any:
        return write_grant(
            grant, await operations.store_request(author=await author_of(info), kind=kind)
        )

    async def described(info: Info, input: Any) -> Any:
        declared = {
            name: value
            for name in ("shape", "chunks")
            if (value := getattr(input, name, None)) is not None
        }
        opened = await operations.store_request(
            author=await author_of(info),
            kind=kind,
            file_name=getattr(input, "original_file_name", None),
            content_type=getattr(input, "content_type", None),
            size=getattr(input, "file_size", None),
            declared=declared or None,
        )
        return write_grant(grant, opened)

    described.__annotations__["input"] = input_type
    resolver = bare if input_type is None else described
    return strawberry.field(
        resolver, graphql_type=grant, description=f"Ask for an upload of the kind {kind.value}."
    )


def _finish(kind: StoreKind, store: Any, name: str) -> Any:
    """Make the mutation that ends an upload of one kind."""

    async def resolve(info: Info, input: Any) -> Any:
        return await operations.store_finish(
            author=await author_of(info), kind=kind, store_id=input.store_id, valid=input.valid
        )

    resolve.__annotations__["input"] = named_input(f"Finish{name}UploadInput", FinishInput)
    return strawberry.field(
        resolve, graphql_type=store, description="Check what was written, and keep it."
    )


def _access(kind: StoreKind, grant: Any, name: str) -> Any:
    """Make the mutation that asks to read a store of one kind."""

    async def resolve(info: Info, input: Any) -> Any:
        opened = await operations.store_access(
            principal=principal_of(info), kind=kind, store_id=input.store_id
        )
        return grant(**credentials_of(opened))

    resolve.__annotations__["input"] = named_input(f"Request{name}AccessInput", StoreInput)
    return strawberry.field(
        resolve, graphql_type=grant, description="Ask for credentials that read a store."
    )


def _refresh(kind: StoreKind, grant: Any, name: str) -> Any:
    """Make the mutation that renews the credentials of an upload that still goes on."""

    async def resolve(info: Info, input: Any) -> Any:
        opened = await operations.store_refresh(
            author=await author_of(info), kind=kind, store_id=input.store_id
        )
        return write_grant(grant, opened)

    resolve.__annotations__["input"] = named_input(f"Refresh{name}UploadInput", StoreInput)
    return strawberry.field(
        resolve, graphql_type=grant, description="Ask for new credentials of the same upload."
    )


@strawberry.type
class Mutation:
    """The mutations of the upload layer."""

    request_zarr_upload = _request(StoreKind.ZARR, ZarrUploadGrant, RequestZarrUploadInput)
    request_parquet_upload = _request(
        StoreKind.PARQUET, ParquetUploadGrant, RequestParquetUploadInput
    )
    request_bigfile_upload = _request(
        StoreKind.BIGFILE, BigFileUploadGrant, RequestBigFileUploadInput
    )
    request_media_upload = _request(StoreKind.MEDIA, MediaUploadGrant, RequestMediaUploadInput)
    request_kulisse_upload = _request(
        StoreKind.KULISSE, KulisseUploadGrant, RequestKulisseUploadInput
    )
    request_sparse_upload = _request(StoreKind.SPARSE, SparseUploadGrant)
    request_fabriks_upload = _request(StoreKind.FABRIKS, FabriksUploadGrant)
    request_konnektion_upload = _request(StoreKind.KONNEKTION, KonnektionUploadGrant)
    refresh_zarr_upload = _refresh(StoreKind.ZARR, ZarrUploadGrant, "Zarr")
    refresh_bigfile_upload = _refresh(StoreKind.BIGFILE, BigFileUploadGrant, "BigFile")
    refresh_sparse_upload = _refresh(StoreKind.SPARSE, SparseUploadGrant, "Sparse")
    finish_zarr_upload = _finish(StoreKind.ZARR, ZarrStore, "Zarr")
    finish_parquet_upload = _finish(StoreKind.PARQUET, ParquetStore, "Parquet")
    finish_bigfile_upload = _finish(StoreKind.BIGFILE, BigFileStore, "BigFile")
    finish_media_upload = _finish(StoreKind.MEDIA, MediaStore, "Media")
    finish_sparse_upload = _finish(StoreKind.SPARSE, SparseStore, "Sparse")
    finish_fabriks_upload = _finish(StoreKind.FABRIKS, FabriksStore, "Fabriks")
    finish_konnektion_upload = _finish(StoreKind.KONNEKTION, KonnektionStore, "Konnektion")
    finish_kulisse_upload = _finish(StoreKind.KULISSE, KulisseStore, "Kulisse")
    request_zarr_access = _access(StoreKind.ZARR, ZarrAccessGrant, "Zarr")
    request_parquet_access = _access(StoreKind.PARQUET, ParquetAccessGrant, "Parquet")
    request_bigfile_access = _access(StoreKind.BIGFILE, BigFileAccessGrant, "BigFile")
    request_media_access = _access(StoreKind.MEDIA, MediaAccessGrant, "Media")
    request_sparse_access = _access(StoreKind.SPARSE, SparseAccessGrant, "Sparse")
    request_fabriks_access = _access(StoreKind.FABRIKS, FabriksAccessGrant, "Fabriks")
    request_konnektion_access = _access(StoreKind.KONNEKTION, KonnektionAccessGrant, "Konnektion")
    request_kulisse_access = _access(StoreKind.KULISSE, KulisseAccessGrant, "Kulisse")
