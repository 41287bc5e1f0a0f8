"""Requests about many objects: listings and bulk delete."""

from __future__ import annotations

import time

from chassis.objectstore.front.backend import Listing, Page, Stored
from chassis.objectstore.front.exchange import Answer, Exchange, document
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.xml import Node, read_items
from chassis.objectstore.sigv4 import encode

_PAGE = 1000


def location(exchange: Exchange) -> Answer:
    """Tell the region; any will do for signing."""
    exchange.caller.allow_bucket(exchange.bucket)
    return document(("LocationConstraint", "us-east-1"))


def present(exchange: Exchange) -> Answer:
    """A bucket is there as soon as a grant names it; only the service may make it."""
    exchange.caller.allow_bucket(exchange.bucket)
    if exchange.head.method == "PUT" and exchange.caller.claims.scope is not None:
        raise Fault("AccessDenied")
    if exchange.head.method == "PUT":
        exchange.parts.backend.make_bucket(exchange.bucket)
    return Answer(200)


def list_objects(exchange: Exchange) -> Answer:
    """ListObjectsV2."""
    query = exchange.head.parameters
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    exchange.caller.allow("list", exchange.bucket, prefix)
    if query.get("list-type") != "2":
        raise Fault("NotImplemented", "Listings here are of type 2.")
    limit = limit_of(query.get("max-keys"), _PAGE)
    listing = Listing(
        bucket=exchange.bucket,
        prefix=prefix,
        delimiter=delimiter,
        limit=limit,
        start_after=query.get("start-after", ""),
        token=query.get("continuation-token"),
    )
    page = exchange.parts.backend.page(listing) if limit else Page()
    url = query.get("encoding-type") == "url"
    fields: list[Node] = [
        ("Name", exchange.bucket),
        ("Prefix", _text(prefix.encode(), url)),
        ("MaxKeys", limit),
        ("KeyCount", len(page.entries)),
        ("IsTruncated", page.next_token is not None),
    ]
    if delimiter:
        fields.append(("Delimiter", _text(delimiter.encode(), url)))
    if url:
        fields.append(("EncodingType", "url"))
    if listing.token is not None:
        fields.append(("ContinuationToken", listing.token))
    if listing.start_after:
        fields.append(("StartAfter", _text(listing.start_after.encode(), url)))
    if page.next_token is not None:
        fields.append(("NextContinuationToken", page.next_token))
    fields += [_entry(key, stored, url) for key, stored in page.entries]
    return document(("ListBucketResult", fields))


def _entry(key: bytes, stored: Stored | None, url: bool) -> Node:
    if stored is None:
        return "CommonPrefixes", [("Prefix", _text(key, url))]
    return (
        "Contents",
        [
            ("Key", _text(key, url)),
            ("LastModified", iso(stored.modified)),
            ("ETag", f'"{stored.meta.etag}"'),
            ("Size", stored.size),
            ("StorageClass", "STANDARD"),
        ],
    )


def limit_of(text: str | None, largest: int) -> int:
    """Return a limit of the query, at most `largest`."""
    if text is None:
        return largest
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise Fault("InvalidArgument", "A limit is a number.")
    return min(int(text), largest)


def _text(key: bytes, url: bool) -> str:
    text = key.decode("utf-8", "replace")
    return encode(text, safe="/") if url else text


def iso(moment: float) -> str:
    """Return a moment as S3 writes it in documents."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
    return f"{whole}.{int(moment * 1000) % 1000:03d}Z"


def delete_objects(exchange: Exchange) -> Answer:
    """Remove the objects a document names; each is answered for itself."""
    exchange.caller.allow_bucket(exchange.bucket)
    items, loose = read_items(exchange.small_body(), "Delete", "Object")
    if not 1 <= len(items) <= _PAGE or not all(item.get("Key") for item in items):
        raise Fault("MalformedXML", "A bulk delete names 1 to 1000 keys.")
    quiet = loose.get("Quiet", "").lower() == "true"
    keys = [item["Key"] for item in items]
    refused = {key: fault for key in keys if (fault := _refusal(exchange, key)) is not None}
    doomed = [key for key in dict.fromkeys(keys) if key not in refused]
    outcomes: dict[str, Fault | int | None] = {**refused}
    if doomed:
        freed = exchange.parts.backend.delete_many(exchange.bucket, doomed)
        outcomes |= dict(zip(doomed, freed, strict=True))
    results: list[Node] = []
    for key in keys:
        outcome = outcomes[key]
        if isinstance(outcome, Fault):
            code, message = outcome.code, outcome.message
            results.append(("Error", [("Key", key), ("Code", code), ("Message", message)]))
        elif not quiet:
            results.append(("Deleted", [("Key", key)]))
    for outcome in outcomes.values():
        if not isinstance(outcome, Fault):
            exchange.parts.tally.release(exchange.caller.claims, outcome)
    return document(("DeleteResult", results))


def _refusal(exchange: Exchange, key: str) -> Fault | None:
    try:
        exchange.caller.allow("delete", exchange.bucket, key)
    except Fault as fault:
        return fault
    return None
