"""AWS Signature Version 4: what signing (our own calls) and verifying (the front) have in common.

S3 signs the path encoded once, never normalised, and the query sorted by encoded name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote

from chassis.objectstore.tokens import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"


def encode(text: str, *, safe: str = "") -> str:
    """Percent-encode as AWS does: everything but letters, digits and `-_.~`."""
    return quote(text, safe=f"-_.~{safe}")


def base64_of(digest: bytes) -> str:
    """Return a digest as HTTP headers carry it."""
    return base64.b64encode(digest).decode()


@lru_cache(maxsize=4096)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """Return the key of a day, a region and a service."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the query as it is signed."""
    encoded = sorted((encode(name), encode(value)) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def canonical_request(
    method: str,
    path: str,
    query: str,
    headers: Iterable[tuple[str, str]],
    payload_hash: str,
) -> str:
    """Return the text whose hash is signed; `path` and `query` are encoded, headers sorted."""
    listed = [(name, " ".join(value.split())) for name, value in headers]
    lines = "".join(f"{name}:{value}\n" for name, value in listed)
    names = ";".join(name for name, _ in listed)
    return f"{method}\n{path}\n{query}\n{lines}\n{names}\n{payload_hash}"


def sign(key: bytes, timestamp: str, scope: str, request: str) -> str:
    """Return the signature of a canonical request."""
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"{ALGORITHM}\n{timestamp}\n{scope}\n{digest}"
    return hmac.digest(key, text.encode(), "sha256").hex()


def signed_headers(
    *,
    method: str,
    host: str,
    path: str,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    payload_hash: str,
    credentials: Credentials,
    region: str,
    moment: datetime,
    service: str = "s3",
) -> dict[str, str]:
    """Return the headers that make a request signed; `path` is encoded already."""
    timestamp = moment.strftime(DATE_FORMAT)
    scope = f"{timestamp[:8]}/{region}/{service}/aws4_request"
    own = {"host": host, "x-amz-content-sha256": payload_hash, "x-amz-date": timestamp}
    if credentials.session_token:
        own["x-amz-security-token"] = credentials.session_token
    covered = sorted({**{name.lower(): value for name, value in headers.items()}, **own}.items())
    request = canonical_request(method, path, canonical_query(query), covered, payload_hash)
    key = signing_key(credentials.secret_key, timestamp[:8], region, service)
    own["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={';'.join(name for name, _ in covered)}, "
        f"Signature={sign(key, timestamp, scope, request)}"
    )
    return {**dict(headers), **own}
