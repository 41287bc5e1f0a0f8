"""Requests of multipart uploads: begin, part, list, complete, abort."""

from __future__ import annotations

import re

from chassis.objectstore.front.backend import Place
from chassis.objectstore.front.buckets import iso, limit_of
from chassis.objectstore.front.exchange import Answer, Exchange, document
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.uploads import PARTS_MAX, etag_of
from chassis.objectstore.front.xml import Node, read_items

_NUMBER = re.compile(r"[0-9]{1,5}", re.ASCII)
_ETAG = re.compile(r"[0-9a-f]{32}")


def begin(exchange: Exchange) -> Answer:
    """Open an upload."""
    exchange.allow("multipart")
    upload_id = exchange.parts.backend.begin(exchange.target())
    fields: list[Node] = [
        ("Bucket", exchange.bucket),
        ("Key", exchange.key),
        ("UploadId", upload_id),
    ]
    return document(("InitiateMultipartUploadResult", fields))


def _place(exchange: Exchange) -> Place:
    exchange.allow("multipart")
    upload_id = exchange.head.parameters.get("uploadId", "")
    return Place(exchange.bucket, exchange.key, upload_id)


def put_part(exchange: Exchange) -> Answer:
    """Take one part."""
    place = _place(exchange)
    if "x-amz-copy-source" in exchange.head.headers:
        raise Fault("NotImplemented", "Parts are not copied here; read and write them.")
    number = _number(exchange.head.parameters.get("partNumber", ""))
    body = exchange.body()
    with exchange.reserved(body.length) as freed:
        etag, before = exchange.parts.backend.put_part(place, number, body)
        freed.append(before)
    return Answer(200, {"etag": f'"{etag}"'})


def complete(exchange: Exchange) -> Answer:
    """Make an object of the parts; asking again after the answer was lost is no error."""
    exchange.allow("multipart")
    items, _ = read_items(exchange.small_body(), "CompleteMultipartUpload", "Part")
    if not 1 <= len(items) <= PARTS_MAX:
        raise Fault("MalformedXML", "An upload has 1 to 10000 parts.")
    wanted = [(_number(item.get("PartNumber", "")), _etag(item)) for item in items]
    backend, freed = exchange.parts.backend, None
    try:
        etag, freed = backend.complete(_place(exchange), wanted, exchange.condition())
    except Fault as fault:
        etag, freed = etag_of([tag for _, tag in wanted]), 0
        if fault.code != "NoSuchUpload":
            raise
        stored = backend.look(exchange.bucket, exchange.key)
        if stored is None or stored.meta.etag != etag:
            raise
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
    freed = exchange.parts.backend.abort(_place(exchange))
    exchange.parts.tally.release(exchange.caller.claims, freed)
    return Answer(204)


def list_parts(exchange: Exchange) -> Answer:
    """Tell which parts arrived."""
    place = _place(exchange)
    query = exchange.head.parameters
    after, limit = limit_of(query.get("part-number-marker", "0"), PARTS_MAX), _limit(query)
    parts, more = exchange.parts.backend.parts(place, after, limit)
    fields: list[Node] = [
        ("Bucket", exchange.bucket),
        ("Key", exchange.key),
        ("UploadId", place.id),
        ("PartNumberMarker", after),
        ("MaxParts", limit),
        ("IsTruncated", more),
    ]
    if more:
        fields.append(("NextPartNumberMarker", parts[-1].number))
    for part in parts:
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
    for upload in exchange.parts.backend.uploads(exchange.bucket, prefix):
        about: list[Node] = [
            ("Key", upload.key),
            ("UploadId", upload.id),
            ("Initiated", iso(upload.started)),
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
