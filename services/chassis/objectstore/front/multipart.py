"""Requests of multipart uploads: begin, part, list, complete, abort."""

from __future__ import annotations

import contextlib
import re

from chassis.objectstore.front.buckets import iso, limit_of
from chassis.objectstore.front.exchange import Answer, Exchange, document
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.folder import look
from chassis.objectstore.front.uploads import PARTS_MAX, Upload, etag_of
from chassis.objectstore.front.xml import Node, read_items

_NUMBER = re.compile(r"[0-9]{1,5}", re.ASCII)
_ETAG = re.compile(r"[0-9a-f]{32}")


def begin(exchange: Exchange) -> Answer:
    """Open an upload."""
    exchange.allow("multipart")
    upload = exchange.parts.uploads.begin(exchange.bucket, exchange.key, exchange.kept_headers())
    fields: list[Node] = [
        ("Bucket", exchange.bucket),
        ("Key", exchange.key),
        ("UploadId", upload.id),
    ]
    return document(("InitiateMultipartUploadResult", fields))


def _upload(exchange: Exchange) -> Upload:
    exchange.allow("multipart")
    upload_id = exchange.head.parameters.get("uploadId", "")
    return exchange.parts.uploads.get(upload_id, exchange.bucket, exchange.key)


def put_part(exchange: Exchange) -> Answer:
    """Take one part."""
    upload = _upload(exchange)
    if "x-amz-copy-source" in exchange.head.headers:
        raise Fault("NotImplemented", "Parts are not copied here; read and write them.")
    number = _number(exchange.head.parameters.get("partNumber", ""))
    source = exchange.source()
    if upload.size + source.length > exchange.parts.config.object_bytes:
        raise Fault("EntityTooLarge")
    uploads = exchange.parts.uploads
    with exchange.reserved(source.length) as freed:
        draft = uploads.open_part(upload, number, source.length)
        etag: str | None = None
        before = upload.parts.get(number)
        try:
            with contextlib.closing(uploads.sink(draft)) as sink:
                etag = exchange.receive(source, sink.write)
        finally:
            uploads.close_part(draft, etag)
        freed.append(before.size if before else 0)
    return Answer(200, {"etag": f'"{etag}"'})


def complete(exchange: Exchange) -> Answer:
    """Make an object of the parts; asking again after the answer was lost is no error."""
    exchange.allow("multipart")
    items, _ = read_items(exchange.small_body(), "CompleteMultipartUpload", "Part")
    if not 1 <= len(items) <= PARTS_MAX:
        raise Fault("MalformedXML", "An upload has 1 to 10000 parts.")
    wanted = [(_number(item.get("PartNumber", "")), _etag(item)) for item in items]
    try:
        upload = _upload(exchange)
        etag, freed = exchange.parts.uploads.complete(upload, wanted, exchange.condition())
    except (Fault, FileNotFoundError) as error:
        etag, freed = etag_of([tag for _, tag in wanted]), 0
        if isinstance(error, Fault) and error.code != "NoSuchUpload":
            raise
        stored = look(exchange.parts.folder.path(exchange.bucket, exchange.key))
        if stored is None or stored.meta.etag != etag:
            raise Fault("NoSuchUpload") from None
    exchange.parts.tally.release(exchange.caller.claims, freed)
    fields: list[Node] = [
        ("Location", f"/{exchange.bucket}/{exchange.key}"),
        ("Bucket", exchange.bucket),
        ("Key", exchange.key),
        ("ETag", f'"{etag}"'),
    ]
    return document(("CompleteMultipartUploadResult", fields))


def abort(exchange: Exchange) -> Answer:
    """Drop an upload."""
    upload = _upload(exchange)
    size = upload.size
    exchange.parts.uploads.abort(upload)
    exchange.parts.tally.release(exchange.caller.claims, size)
    return Answer(204)


def list_parts(exchange: Exchange) -> Answer:
    """Tell which parts arrived."""
    upload = _upload(exchange)
    query = exchange.head.parameters
    after, limit = limit_of(query.get("part-number-marker", "0"), PARTS_MAX), _limit(query)
    numbers = [number for number in sorted(upload.parts) if number > after]
    fields: list[Node] = [
        ("Bucket", exchange.bucket),
        ("Key", exchange.key),
        ("UploadId", upload.id),
        ("PartNumberMarker", after),
        ("MaxParts", limit),
        ("IsTruncated", len(numbers) > limit),
    ]
    if len(numbers) > limit:
        fields.append(("NextPartNumberMarker", numbers[:limit][-1]))
    for part in (upload.parts[number] for number in numbers[:limit]):
        about: list[Node] = [
            ("PartNumber", part.number),
            ("LastModified", iso(part.modified)),
            ("ETag", f'"{part.etag}"'),
            ("Size", part.size),
        ]
        fields.append(("Part", about))
    return document(("ListPartsResult", fields))


def list_uploads(exchange: Exchange) -> Answer:
    """Tell which uploads are open below a prefix; all at once, there are few."""
    prefix = exchange.head.parameters.get("prefix", "")
    exchange.caller.allow("list", exchange.bucket, prefix)
    fields: list[Node] = [("Bucket", exchange.bucket), ("Prefix", prefix), ("IsTruncated", False)]
    for upload in exchange.parts.uploads.below(exchange.bucket, prefix):
        about: list[Node] = [
            ("Key", upload.opening.key),
            ("UploadId", upload.id),
            ("Initiated", iso(upload.opening.started)),
        ]
        fields.append(("Upload", about))
    return document(("ListMultipartUploadsResult", fields))


def _limit(query: dict[str, str]) -> int:
    return max(limit_of(query.get("max-parts"), 1000), 1)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= PARTS_MAX:
        raise Fault("InvalidArgument", "Parts are numbered from 1 to 10000.")
    return int(text)


def _etag(item: dict[str, str]) -> str:
    etag = item.get("ETag", "").strip().strip('"')
    if not _ETAG.fullmatch(etag):
        raise Fault("InvalidPart")
    return etag
