"""Requests about one object: PUT, GET, HEAD, DELETE."""

from __future__ import annotations

from chassis.objectstore.front.backend import Opened, span_of
from chassis.objectstore.front.connection import Nothing
from chassis.objectstore.front.exchange import Answer, Exchange, http_date, matches
from chassis.objectstore.front.faults import Fault

#: Headers of a GET that the query may replace, as presigned downloads do.
_REPLACED = ("content-type", "content-disposition", "cache-control", "content-language", "expires")


def put(exchange: Exchange) -> Answer:
    """Write an object in one request."""
    exchange.allow("put")
    if "x-amz-copy-source" in exchange.head.headers:
        raise Fault("NotImplemented", "Objects are not copied here; read and write them.")
    body = exchange.body()
    with exchange.reserved(body.length) as freed:
        etag, before = exchange.parts.backend.put(exchange.target(), body)
        freed.append(before)
    return Answer(200, {"etag": f'"{etag}"'})


def delete(exchange: Exchange) -> Answer:
    """Remove an object; one that is not there is removed already."""
    exchange.allow("delete")
    freed = exchange.parts.backend.delete(exchange.bucket, exchange.key)
    exchange.parts.tally.release(exchange.caller.claims, freed)
    return Answer(204)


def get(exchange: Exchange) -> Answer:
    """Send an object or a range of it."""
    exchange.allow("get")
    span = exchange.head.headers.get("range")
    opened = exchange.parts.backend.open(exchange.bucket, exchange.key, span)
    try:
        answer = _describe(exchange, opened)
    except BaseException:
        opened.content.close()
        raise
    answer.content = opened.content
    return answer


def head(exchange: Exchange) -> Answer:
    """Tell what is known of an object."""
    exchange.allow("get")
    stored = exchange.parts.backend.look(exchange.bucket, exchange.key)
    if stored is None:
        raise Fault("NoSuchKey")
    wanted = span_of(exchange.head.headers.get("range"), stored.size)
    start, length = wanted or (0, stored.size)
    return _describe(exchange, Opened(stored, start, length, wanted is not None, Nothing()))


def _describe(exchange: Exchange, opened: Opened) -> Answer:
    stored, sent = opened.stored, exchange.head.headers
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
    headers["content-length"] = str(opened.length)
    if not opened.partly:
        return Answer(200, headers)
    last = opened.start + opened.length - 1
    headers["content-range"] = f"bytes {opened.start}-{last}/{stored.size}"
    return Answer(206, headers)
