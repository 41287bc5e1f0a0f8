"""Requests about one object: PUT, GET, HEAD, DELETE."""

from __future__ import annotations

import contextlib
import os
import re

from chassis.objectstore.front import disk
from chassis.objectstore.front.disk import Stored
from chassis.objectstore.front.exchange import Answer, Exchange, http_date, matches
from chassis.objectstore.front.faults import Fault

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)
#: Headers of a GET that the query may replace, as presigned downloads do.
_REPLACED = ("content-type", "content-disposition", "cache-control", "content-language", "expires")


def put(exchange: Exchange) -> Answer:
    """Write an object in one request."""
    exchange.allow("put")
    if "x-amz-copy-source" in exchange.head.headers:
        raise Fault("NotImplemented", "Objects are not copied here; read and write them.")
    condition = exchange.condition()
    source = exchange.source()
    folder, bucket, key = exchange.parts.folder, exchange.bucket, exchange.key
    with exchange.reserved(source.length) as freed, folder.draft(source.length) as draft:
        with contextlib.closing(disk.Sink(*draft, 0, source.length)) as sink:
            etag = exchange.receive(source, sink.write)
        headers = exchange.kept_headers()
        freed.append(folder.store(draft, source.length, bucket, key, etag, headers, condition))
    return Answer(200, {"etag": f'"{etag}"'})


def delete(exchange: Exchange) -> Answer:
    """Remove an object; one that is not there is removed already."""
    exchange.allow("delete")
    freed = exchange.parts.folder.delete(exchange.bucket, exchange.key)
    exchange.parts.tally.release(exchange.caller.claims, freed)
    return Answer(204)


def get(exchange: Exchange) -> Answer:
    """Send an object or a range of it."""
    exchange.allow("get")
    descriptor, stored = exchange.parts.folder.open(exchange.bucket, exchange.key)
    try:
        answer = _describe(exchange, stored)
        if answer.status in (200, 206) and exchange.head.method == "GET":
            start = 0
            if answer.status == 206:
                start = int(answer.headers["content-range"].split()[1].partition("-")[0])
            length = int(answer.headers["content-length"])
            answer.file = (descriptor, start, length)
            return answer
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return answer


def _describe(exchange: Exchange, stored: Stored) -> Answer:
    sent = exchange.head.headers
    headers = {"content-type": "binary/octet-stream", **stored.meta.headers}
    headers |= {
        "etag": f'"{stored.meta.etag}"',
        "last-modified": http_date(stored.modified),
        "accept-ranges": "bytes",
    }
    for name, value in exchange.head.query:
        replaced = name.removeprefix("response-")
        if name != replaced and replaced in _REPLACED:
            headers[replaced] = value
    if "if-match" in sent and not matches(sent["if-match"], stored):
        raise Fault("PreconditionFailed")
    if "if-none-match" in sent and matches(sent["if-none-match"], stored):
        headers.pop("content-type")
        return Answer(304, headers)
    wanted = _range_of(sent.get("range"), stored.size)
    if wanted is None:
        headers["content-length"] = str(stored.size)
        return Answer(200, headers)
    start, length = wanted
    headers["content-length"] = str(length)
    headers["content-range"] = f"bytes {start}-{start + length - 1}/{stored.size}"
    return Answer(206, headers)


def _range_of(header: str | None, size: int) -> tuple[int, int] | None:
    """Return first byte and length; None for the whole, as for a header that is no single range."""
    match = _RANGE.fullmatch(header.replace(" ", "")) if header else None
    if match is None or not (match[1] or match[2]):
        return None
    if match[1]:
        start = int(match[1])
        end = min(int(match[2]), size - 1) if match[2] else size - 1
        if match[2] and int(match[2]) < start:
            return None
    else:
        start, end = max(size - int(match[2]), 0), size - 1
    if start > end:
        raise Fault("InvalidRange")
    return start, end - start + 1
