"""The server's own calls to any S3 store, over httpx; both drivers stand on it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import httpx

from chassis import clock
from chassis.objectstore import sigv4
from chassis.objectstore.config import ObjectStoreConfig
from chassis.objectstore.contract import ListPage, ObjectInfo
from chassis.objectstore.errors import (
    ObjectExists,
    ObjectNotFound,
    RangeNotSatisfiable,
    StorageFull,
    StorageUnavailable,
)
from chassis.objectstore.tokens import Credentials

_META = "x-amz-meta-"
_CHUNK_BYTES = 1024 * 1024
_DELETE_MAX = 1000
_NO_ROOM = frozenset({"StorageFull", "QuotaExceeded", "EntityTooLarge", "XMinioStorageFull"})
_Query = tuple[tuple[str, str], ...]


class S3Client:
    """A few S3 calls, signed afresh each time by what `credentials` gives."""

    def __init__(self, config: ObjectStoreConfig, credentials: Callable[[], Credentials]) -> None:
        self._region = config.region
        self._credentials = credentials
        self._base = "http://objectstore" if config.uds else config.endpoint.rstrip("/")
        # Plain HTTP is next door: no authorities, which cost more to read than a call, no proxies.
        remote = self._base.startswith("https:")
        uds = str(config.uds) if config.uds else None
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=uds, verify=remote),
            timeout=config.timeout_seconds,
            trust_env=remote,
        )

    async def aclose(self) -> None:
        """Close connections."""
        await self._http.aclose()

    async def end_grants(self) -> int:
        """Grants leave nothing behind, unless a driver says otherwise."""
        return 0

    async def head(self, bucket: str, key: str) -> ObjectInfo:
        """Return what is known of an object."""
        async with self._call("HEAD", bucket, key) as response:
            _check(response, b"", key)
            return _info(key, response.headers)

    async def get(
        self, bucket: str, key: str, *, start: int = 0, length: int | None = None
    ) -> bytes:
        """Return bytes of an object."""
        if length == 0:
            return b""
        async with self._call("GET", bucket, key, headers=_range(start, length)) as response:
            body = await response.aread()
            _check(response, body, key)
            # The range of a suffix cannot have a length; the rest is cut off here.
            return body if length is None else body[:length]

    async def stream(self, bucket: str, key: str) -> AsyncIterator[bytes]:
        """Yield an object in chunks."""
        async with self._call("GET", bucket, key) as response:
            if response.is_error:
                _check(response, await response.aread(), key)
            async for chunk in response.aiter_raw(_CHUNK_BYTES):
                yield chunk

    async def put(
        self,
        bucket: str,
        key: str,
        data: bytes,
        *,
        content_type: str = "application/octet-stream",
        create_only: bool = False,
    ) -> ObjectInfo:
        """Write an object."""
        headers = {"content-type": content_type}
        if create_only:
            headers["if-none-match"] = "*"
        async with self._call("PUT", bucket, key, headers=headers, body=data) as response:
            _check(response, await response.aread(), key)
            etag = response.headers.get("etag", "").strip('"')
        return ObjectInfo(
            key=key,
            size=len(data),
            etag=etag,
            modified_at=clock.now(),
            content_type=content_type,
        )

    async def list(
        self, bucket: str, prefix: str, *, after: str | None = None, limit: int = 1000
    ) -> ListPage:
        """Return one page of a listing."""
        query: _Query = (
            ("list-type", "2"),
            ("prefix", prefix),
            ("max-keys", str(min(limit, 1000))),
        )
        if after is not None:
            query += (("start-after", after),)
        document = await self._document("GET", bucket, query)
        objects = tuple(_listed(entry) for entry in document.iterfind("{*}Contents"))
        more = document.findtext("{*}IsTruncated") == "true" and objects
        return ListPage(objects=objects, next_after=objects[-1].key if more else None)

    async def delete(self, bucket: str, key: str) -> None:
        """Remove an object."""
        async with self._call("DELETE", bucket, key) as response:
            if response.status_code != httpx.codes.NOT_FOUND:
                _check(response, await response.aread(), key)

    async def delete_prefix(self, bucket: str, prefix: str) -> int:
        """Remove every object below a prefix."""
        count = 0
        while True:
            page = await self.list(bucket, prefix, limit=_DELETE_MAX)
            if not page.objects:
                return count
            await self._delete_many(bucket, [info.key for info in page.objects])
            count += len(page.objects)

    async def _delete_many(self, bucket: str, keys: Iterable[str]) -> None:
        items = "".join(f"<Object><Key>{escape(key)}</Key></Object>" for key in keys)
        body = f"<Delete><Quiet>true</Quiet>{items}</Delete>".encode()
        md5 = hashlib.md5(body, usedforsecurity=False).digest()
        headers = {"content-md5": sigv4.base64_of(md5)}
        document = await self._document("POST", bucket, (("delete", ""),), headers, body)
        failed = document.findtext("{*}Error/{*}Code")
        if failed is not None:
            raise StorageUnavailable(f"The object store did not delete: {failed}.")

    async def abort_uploads(self, bucket: str, prefix: str) -> int:
        """Drop the multipart uploads below a prefix."""
        count = 0
        while True:
            document = await self._document("GET", bucket, (("uploads", ""), ("prefix", prefix)))
            found = [
                (entry.findtext("{*}Key", ""), entry.findtext("{*}UploadId", ""))
                for entry in document.iterfind("{*}Upload")
            ]
            for key, upload_id in found:
                about = (("uploadId", upload_id),)
                async with self._call("DELETE", bucket, key, query=about) as response:
                    if response.status_code != httpx.codes.NOT_FOUND:
                        _check(response, await response.aread(), key)
            count += len(found)
            if not found or document.findtext("{*}IsTruncated") != "true":
                return count

    async def make_bucket(self, bucket: str) -> None:
        """Make a bucket unless it is there."""
        async with self._call("HEAD", bucket) as response:
            if response.is_success:
                return
        async with self._call("PUT", bucket) as response:
            if response.status_code != httpx.codes.CONFLICT:
                _check(response, await response.aread(), bucket)

    async def _document(
        self,
        method: str,
        bucket: str,
        query: _Query,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> ElementTree.Element:
        async with self._call(method, bucket, query=query, headers=headers, body=body) as response:
            text = await response.aread()
            _check(response, text, bucket)
        return parse(text)

    @asynccontextmanager
    async def _call(
        self,
        method: str,
        bucket: str,
        key: str = "",
        *,
        query: _Query = (),
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> AsyncIterator[httpx.Response]:
        path = sigv4.encode(f"/{bucket}/{key}" if key else f"/{bucket}", safe="/")
        url = f"{self._base}{path}?{sigv4.canonical_query(query)}".removesuffix("?")
        credentials = self._credentials()
        signed = sigv4.signed_headers(
            method=method,
            host=httpx.URL(url).netloc.decode(),
            path=path,
            query=query,
            headers=headers or {},
            payload_hash=hashlib.sha256(body).hexdigest(),
            credentials=credentials,
            region=self._region,
            moment=clock.now(),
        )
        request = self._http.build_request(method, url, headers=signed, content=body)
        try:
            response = await self._http.send(request, stream=True)
        except httpx.HTTPError as error:
            raise StorageUnavailable(
                f"The object store does not answer: {type(error).__name__}."
            ) from error
        try:
            yield response
        except httpx.HTTPError as error:
            raise StorageUnavailable("The object store broke off its answer.") from error
        finally:
            await response.aclose()


def _range(start: int, length: int | None) -> dict[str, str]:
    if start < 0:
        return {"range": f"bytes={start}"}
    if start or length is not None:
        return {"range": f"bytes={start}-{'' if length is None else start + length - 1}"}
    return {}


def _info(key: str, headers: httpx.Headers) -> ObjectInfo:
    return ObjectInfo(
        key=key,
        size=int(headers.get("content-length", "0")),
        etag=headers.get("etag", "").strip('"'),
        modified_at=parsedate_to_datetime(headers["last-modified"]),
        content_type=headers.get("content-type", ""),
        metadata={
            name[len(_META) :]: value for name, value in headers.items() if name.startswith(_META)
        },
    )


def _listed(entry: ElementTree.Element) -> ObjectInfo:
    return ObjectInfo(
        key=entry.findtext("{*}Key", ""),
        size=int(entry.findtext("{*}Size", "0")),
        etag=entry.findtext("{*}ETag", "").strip('"'),
        modified_at=datetime.fromisoformat(entry.findtext("{*}LastModified", "")),
    )


def parse(body: bytes) -> ElementTree.Element:
    """Read a document of the store, which is a server we chose."""
    try:
        return ElementTree.fromstring(body)  # noqa: S314 - see above
    except ElementTree.ParseError:
        raise StorageUnavailable("The object store's answer cannot be read.") from None


def _check(response: httpx.Response, body: bytes, key: str) -> None:
    """Raise the error of a platform for an answer that is none of success."""
    if not response.is_error:
        return
    code = code_of(body)
    status = response.status_code
    if code == "NoSuchBucket":
        raise StorageUnavailable("The bucket is not there.")
    if status == httpx.codes.NOT_FOUND:
        raise ObjectNotFound(f"There is no object {key} in the store.")
    if status == httpx.codes.PRECONDITION_FAILED:
        raise ObjectExists(f"There is an object {key} already.")
    if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise RangeNotSatisfiable
    if code in _NO_ROOM or status == httpx.codes.INSUFFICIENT_STORAGE:
        raise StorageFull
    raise StorageUnavailable(f"The object store answered {status} {code}".strip() + ".")


def code_of(body: bytes) -> str:
    """Return the code of an error document, empty if it is none."""
    try:
        document = ElementTree.fromstring(body)  # noqa: S314 - as above
    except ElementTree.ParseError:
        return ""
    return document.findtext("{*}Code") or document.findtext("{*}Error/{*}Code") or ""
