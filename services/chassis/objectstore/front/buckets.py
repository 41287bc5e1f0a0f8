"""Requests about many objects: listings and bulk delete."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from chassis.objectstore.front.exchange import Answer, Exchange, document
from chassis.objectstore.front.faults import Fault, of_os_error
from chassis.objectstore.front.folder import Folder, look
from chassis.objectstore.front.xml import Node, read_items
from chassis.objectstore.sigv4 import encode

_PAGE = 1000
_KEY_BYTES = 1024
#: No key holds this byte, so a prefix followed by it comes after every key below the prefix.
_PAST = b"\xff"


def location(exchange: Exchange) -> Answer:
    """Tell the region; any will do for signing."""
    exchange.caller.allow_bucket(exchange.bucket)
    return document(("LocationConstraint", "us-east-1"))


def present(exchange: Exchange) -> Answer:
    """A bucket is there as soon as a grant names it; only the service may make it."""
    exchange.caller.allow_bucket(exchange.bucket)
    if exchange.head.method == "PUT" and exchange.caller.claims.scope is not None:
        raise Fault("AccessDenied")
    return Answer(200)


@dataclass(slots=True)
class _Page:
    limit: int
    entries: list[tuple[bytes, Path | None]] = field(default_factory=list)
    truncated: bool = False

    def fill(self, found: Iterator[tuple[bytes, Path | None]]) -> None:
        self.entries = list(islice(found, self.limit))
        self.truncated = bool(self.entries) and next(found, None) is not None


def list_objects(exchange: Exchange) -> Answer:
    """ListObjectsV2."""
    query = exchange.head.parameters
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    exchange.caller.allow("list", exchange.bucket, prefix)
    if query.get("list-type") != "2":
        raise Fault("NotImplemented", "Listings here are of type 2.")
    page = _Page(_limit(query.get("max-keys"), _PAGE))
    after = _after(query)
    found = exchange.parts.folder.walk(exchange.bucket, prefix, after, fold=delimiter == "/")
    if delimiter not in ("", "/"):
        found = _folded(found, prefix.encode(), delimiter.encode(), after)
    page.fill(found)
    url = query.get("encoding-type") == "url"
    fields: list[Node] = [
        ("Name", exchange.bucket),
        ("Prefix", _text(prefix.encode(), url)),
        ("MaxKeys", page.limit),
        ("KeyCount", len(page.entries)),
        ("IsTruncated", page.truncated),
    ]
    if delimiter:
        fields.append(("Delimiter", _text(delimiter.encode(), url)))
    if url:
        fields.append(("EncodingType", "url"))
    if "continuation-token" in query:
        fields.append(("ContinuationToken", query["continuation-token"]))
    if "start-after" in query:
        fields.append(("StartAfter", _text(query["start-after"].encode(), url)))
    if page.truncated:
        key, path = page.entries[-1]
        token = key if path is not None else key + _PAST
        fields.append(("NextContinuationToken", base64.urlsafe_b64encode(token).decode()))
    fields += _contents(page, url)
    return document(("ListBucketResult", fields))


def _contents(page: _Page, url: bool) -> Iterator[Node]:
    for key, path in page.entries:
        if path is None:
            yield "CommonPrefixes", [("Prefix", _text(key, url))]
            continue
        stored = look(path)
        if stored is not None:
            yield (
                "Contents",
                [
                    ("Key", _text(key, url)),
                    ("LastModified", iso(stored.modified)),
                    ("ETag", f'"{stored.meta.etag}"'),
                    ("Size", stored.size),
                    ("StorageClass", "STANDARD"),
                ],
            )


def _folded(
    found: Iterator[tuple[bytes, Path | None]], prefix: bytes, delimiter: bytes, after: bytes
) -> Iterator[tuple[bytes, Path | None]]:
    last = after.removesuffix(_PAST) if after.endswith(_PAST) else None
    for key, path in found:
        end = key.find(delimiter, len(prefix))
        if end < 0:
            yield key, path
            continue
        folded = key[: end + len(delimiter)]
        if folded != last:
            last = folded
            yield folded, None


def _after(query: dict[str, str]) -> bytes:
    token = query.get("continuation-token")
    if token is None:
        return query.get("start-after", "").encode()
    try:
        return base64.b64decode(token.encode("ascii"), b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Fault("InvalidArgument", "This is no continuation token.") from None


def _limit(text: str | None, largest: int) -> int:
    if text is None:
        return largest
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise Fault("InvalidArgument", "A limit is a number.")
    return min(int(text), largest)


limit_of = _limit


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
    results: list[Node] = []
    for item in items:
        key = item["Key"]
        fault = _delete_one(exchange, key)
        if fault is not None:
            fields: list[Node] = [("Key", key), ("Code", fault.code), ("Message", fault.message)]
            results.append(("Error", fields))
        elif not quiet:
            results.append(("Deleted", [("Key", key)]))
    return document(("DeleteResult", results))


def _delete_one(exchange: Exchange, key: str) -> Fault | None:
    try:
        exchange.caller.allow("delete", exchange.bucket, key)
        if len(key.encode()) > _KEY_BYTES or "\0" in key:
            return None
        freed = exchange.parts.folder.delete(exchange.bucket, key)
    except Fault as fault:
        return fault
    except OSError as error:
        return of_os_error(error)
    exchange.parts.tally.release(exchange.caller.claims, freed)
    return None


def measure(folder: Folder, bucket: str, path: str) -> int:
    """Return the bytes of the objects a grant covers."""
    found = list(folder.walk(bucket, f"{path}/", b"", fold=False))
    own = look(folder.path(bucket, path))
    stored = [look(one) for _, one in found if one is not None]
    return sum(one.size for one in [own, *stored] if one is not None)
