"""A laboratory: asks the service with the documents of the released client, and writes stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import parquet_maker
from asgiref.sync import sync_to_async
from django.db import connections

from chassis.objectstore.memory import MemoryStore
from chassis.testing import Member
from chassis.testing.client import GraphQLAnswer, GraphQLClient

YX = [{"name": "y", "type": "SPACE"}, {"name": "x", "type": "SPACE"}]
TCYX = [{"name": "t", "type": "TIME"}, {"name": "c", "type": "CHANNEL"}, *YX]


def zarr_json(shape, chunks=None, dtype="uint16", names=None, shards=None, **changes) -> bytes:
    """The metadata of an array as the client writes it."""
    inner = list(chunks or shape)
    codecs: list[Any] = [{"name": "bytes"}, {"name": "zstd", "configuration": {"level": 0}}]
    if shards:
        configuration = {"chunk_shape": inner, "codecs": codecs, "index_location": "end"}
        codecs = [{"name": "sharding_indexed", "configuration": configuration}]
    document = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(shape),
        "data_type": dtype,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shards or inner}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0,
        "codecs": codecs,
        "attributes": {},
        "dimension_names": names,
        "storage_transformers": [],
    }
    return json.dumps({**document, **changes}).encode()


async def as_job(work: Callable[..., Any], **options: Any) -> Any:
    """Run work in a thread of its own, and close the connection it opened.

    Left open it lives until somebody collects garbage, which may be after the database is dropped.
    """

    def run() -> Any:
        try:
            return work(**options)
        finally:
            connections.close_all()

    return await sync_to_async(run, thread_sensitive=False)()


class Lab:
    """One member at work."""

    def __init__(
        self,
        graphql: GraphQLClient,
        documents: dict[str, str],
        objects: MemoryStore,
        member: Member,
    ) -> None:
        self.graphql = graphql
        self.documents = documents
        self.objects = objects
        self.member = member

    def as_(self, member: Member) -> Lab:
        """The same laboratory with somebody else in it."""
        return Lab(self.graphql, self.documents, self.objects, member)

    async def ask(self, name: str, **variables: Any) -> GraphQLAnswer:
        """Send a document of the client."""
        return await self.graphql(self.documents[name], self.member, **variables)

    async def get(self, name: str, **variables: Any) -> Any:
        """Send a document that must succeed; return the value of its one root field."""
        data = (await self.ask(name, **variables)).ok()
        [value] = data.values()
        return value

    async def codes(self, name: str, **variables: Any) -> list[str]:
        """Send a document that must fail; return the codes of its errors."""
        answer = await self.ask(name, **variables)
        assert answer.errors, answer.data
        return answer.codes

    async def written_array(self, shape=(64, 96), data: bytes = b"chunk", **meta: Any) -> str:
        """Upload an array without confirming it; return the id of its store."""
        grant = await self.get("RequestZarrUpload", input={})
        bucket, key = grant["bucket"], grant["key"]
        await self.objects.put(bucket, f"{key}/zarr.json", zarr_json(shape, **meta))
        await self.objects.put(bucket, f"{key}/c/0/0", data)
        return grant["store"]

    async def array_store(self, shape=(64, 96), **meta: Any) -> str:
        """Upload an array; return the id of its store."""
        store = await self.written_array(shape, **meta)
        await self.get("FinishZarrUpload", input={"storeId": store, "valid": True})
        return store

    async def array(self, name="cells", shape=(64, 96), axes=YX, levels=(), **more: Any) -> Any:
        """Make an array dataset."""
        scales = [
            {"level": number, "array": await self.array_store(small), "scaleMethod": "AREA"}
            for number, small in enumerate(levels, 1)
        ]
        given = {"data": await self.array_store(shape), "scales": scales, "name": name}
        return await self.get("CreateArrayDataset", input={**given, "axes": axes, **more})

    async def file_store(self, data: bytes = b"bytes of a file", name="cells.czi") -> str:
        """Upload a file; return the id of its store."""
        grant = await self.get("RequestBigfileUpload", input={"originalFileName": name})
        await self.objects.put(grant["bucket"], grant["key"], data)
        return grant["store"]

    async def file(self, name="cells.czi", data: bytes = b"bytes of a file", **more: Any) -> Any:
        """Make a file."""
        store = await self.file_store(data, name)
        return await self.get("FromFileLike", input={"file": store, "fileName": name, **more})

    async def table_store(self, columns) -> str:
        """Upload a table; return the id of its store."""
        grant = await self.get("RequestParquetUpload", input={})
        data = parquet_maker.parquet(columns)
        await self.objects.put(grant["bucket"], grant["key"], data)
        return grant["store"]

    async def table(self, name="spots", columns=None, declared=None, **more: Any) -> Any:
        """Make a table dataset; by default localisations in a plane."""
        columns = columns or [("x", "DOUBLE"), ("y", "DOUBLE"), ("area", "DOUBLE")]
        declared = declared or [
            {"name": "x", "dtype": "DOUBLE", "axisType": "SPACE", "unit": "nm"},
            {"name": "y", "dtype": "DOUBLE", "axisType": "SPACE", "unit": "nm"},
            {"name": "area", "dtype": "DOUBLE"},
        ]
        given = {"name": name, "data": await self.table_store(columns), "columns": declared}
        return await self.get("CreateTableDataset", input={**given, **more})

    async def collection(self, name="rois", axes=YX, **more: Any) -> Any:
        """Make an annotation collection."""
        return await self.get(
            "CreateAnnotationCollection", input={"name": name, "axes": axes, **more}
        )

    async def shape(self, collection: str, **more: Any) -> Any:
        """Draw a rectangle."""
        box = {"kind": "RECTANGLE", "vectors": [[1.0, 2.0], [5.0, 8.0]], "collection": collection}
        return await self.get("CreateAnnotation", input={**box, **more})

    async def space(self, name="stage", registrations=()) -> Any:
        """Make a shared space in micrometres."""
        axes = [{**axis, "unit": "um"} for axis in YX]
        given = {"name": name, "axes": axes, "registrations": list(registrations)}
        return await self.get("CreateCoordinateSystem", input=given)
