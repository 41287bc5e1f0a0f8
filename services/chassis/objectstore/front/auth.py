"""Who sent a request and what it may do: Signature V4 in the header or the query, then the grant.

Nothing is looked up: the session token carries the grant, and the secret key follows from it.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis import clock
from chassis.objectstore import sigv4, tokens
from chassis.objectstore.contract import Mode
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.head import Head

STREAMING = "STREAMING-"
_HEX = re.compile(r"[0-9a-f]{64}")
_CREDENTIAL = re.compile(
    r"(?P<access_key>[A-Za-z0-9]{3,128})/"
    r"(?P<scope>(?P<date>[0-9]{8})/(?P<region>[a-z0-9-]{0,64})/s3/aws4_request)"
)
_PRESIGN_MAX = 7 * 24 * 3600
_QUERY_SIGNATURE = "X-Amz-Signature"
#: What a write grant on one object allows; on a prefix it allows everything there.
_KEY_WRITES = frozenset({"put", "multipart"})
_READS = frozenset({"get", "list"})


@dataclass(frozen=True, slots=True)
class Caller:
    """A request whose signature holds: its grant, and what signing the body goes on from."""

    claims: tokens.Claims
    #: Hex SHA-256 of the body, `UNSIGNED-PAYLOAD` or one of `STREAMING-...`.
    payload: str
    key: bytes
    timestamp: str
    scope: str
    signature: str

    def allow(self, action: str, bucket: str, key: str) -> None:
        """Raise `AccessDenied` unless the grant opens this; `key` is the prefix of a listing."""
        scope = self.claims.scope
        if scope is None:
            return
        inside = scope.covers_listing(key) if action == "list" else scope.covers(key)
        if bucket != scope.bucket or not inside:
            raise Fault("AccessDenied")
        if scope.mode is Mode.WRITE:
            allowed = scope.key is None or action in _KEY_WRITES
        else:
            allowed = action in _READS
        if not allowed:
            raise Fault("AccessDenied", f"The grant does not allow {action} here.")

    def allow_bucket(self, bucket: str) -> None:
        """Raise unless the grant lies in this bucket."""
        if self.claims.scope is not None and self.claims.scope.bucket != bucket:
            raise Fault("AccessDenied")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """A signature as it was sent."""

    credential: str
    signed: tuple[str, ...]
    signature: str
    timestamp: str
    token: str | None
    payload: str
    #: Seconds a presigned URL lives; None for a signature in the header.
    expires: int | None = None


def authenticate(head: Head, master: str, skew_seconds: int) -> Caller:
    """Check the signature, the clock and the token; return who it is."""
    presigned = _QUERY_SIGNATURE in head.parameters
    claim = _from_query(head) if presigned else _from_header(head)
    match = _CREDENTIAL.fullmatch(claim.credential)
    if match is None or not claim.timestamp.startswith(match["date"]):
        raise Fault("AuthorizationHeaderMalformed", "The credential is not of the form asked for.")
    if "host" not in claim.signed or not _HEX.fullmatch(claim.signature):
        raise Fault("AuthorizationHeaderMalformed")
    if claim.token is None:
        raise Fault("InvalidAccessKeyId", "Only grants with a session token open this server.")
    _check_clock(claim, skew_seconds)
    try:
        claims = tokens.read(master, claim.token)
    except tokens.TokenInvalid:
        raise Fault("InvalidToken") from None
    if claims.access_key != match["access_key"]:
        raise Fault("InvalidAccessKeyId")
    secret = tokens.secret_of(master, claim.token)
    key = sigv4.signing_key(secret, match["date"], match["region"], "s3")
    expected = sigv4.sign(key, claim.timestamp, match["scope"], _canonical(head, claim))
    if not hmac.compare_digest(expected, claim.signature):
        raise Fault("SignatureDoesNotMatch")
    if claims.expires_at <= clock.now().timestamp():
        raise Fault("ExpiredToken")
    return Caller(claims, claim.payload, key, claim.timestamp, match["scope"], claim.signature)


def _from_header(head: Head) -> _Claim:
    text = head.headers.get("authorization")
    if text is None:
        raise Fault("AccessDenied", "Requests here are signed with a grant.")
    method, _, rest = text.partition(" ")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if method != sigv4.ALGORITHM or fields.keys() != {"Credential", "SignedHeaders", "Signature"}:
        raise Fault("AuthorizationHeaderMalformed")
    payload = head.headers.get("x-amz-content-sha256", "")
    if not (_HEX.fullmatch(payload) or payload == sigv4.UNSIGNED or payload.startswith(STREAMING)):
        raise Fault("InvalidArgument", "x-amz-content-sha256 is missing or cannot be read.")
    signed = tuple(fields["SignedHeaders"].split(";"))
    bare = {name for name in head.headers if name.startswith("x-amz-")} - set(signed)
    if bare:
        raise Fault("AccessDenied", f"Headers that were sent are not signed: {', '.join(bare)}.")
    return _Claim(
        credential=fields["Credential"],
        signed=signed,
        signature=fields["Signature"],
        timestamp=head.headers.get("x-amz-date", ""),
        token=head.headers.get("x-amz-security-token"),
        payload=payload,
    )


def _from_query(head: Head) -> _Claim:
    query = head.parameters
    expires = query.get("X-Amz-Expires", "")
    if (
        query.get("X-Amz-Algorithm") != sigv4.ALGORITHM
        or not re.fullmatch(r"[0-9]{1,6}", expires, re.ASCII)
        or not 1 <= int(expires) <= _PRESIGN_MAX
        or "authorization" in head.headers
    ):
        raise Fault("AuthorizationQueryParametersError")
    signed = tuple(query.get("X-Amz-SignedHeaders", "").split(";"))
    payload = sigv4.UNSIGNED
    if "x-amz-content-sha256" in signed:
        payload = head.headers.get("x-amz-content-sha256", "")
    if payload != sigv4.UNSIGNED and not _HEX.fullmatch(payload):
        raise Fault("InvalidArgument", "x-amz-content-sha256 cannot be read.")
    return _Claim(
        credential=query.get("X-Amz-Credential", ""),
        signed=signed,
        signature=query[_QUERY_SIGNATURE],
        timestamp=query.get("X-Amz-Date", ""),
        token=query.get("X-Amz-Security-Token"),
        payload=payload,
        expires=int(expires),
    )


def _check_clock(claim: _Claim, skew_seconds: int) -> None:
    try:
        sent = datetime.strptime(claim.timestamp, sigv4.DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise Fault("AuthorizationHeaderMalformed", "X-Amz-Date cannot be read.") from None
    age = (clock.now() - sent).total_seconds()
    if age < -skew_seconds or (claim.expires is None and age > skew_seconds):
        raise Fault("RequestTimeTooSkewed")
    if claim.expires is not None and age > claim.expires:
        raise Fault("AccessDenied", "The presigned address has expired.")


def _canonical(head: Head, claim: _Claim) -> str:
    listed = []
    for name in claim.signed:
        if name not in head.headers:
            raise Fault("SignatureDoesNotMatch", f"The signed header {name[:64]!r} did not come.")
        listed.append((name, head.headers[name]))
    if list(claim.signed) != sorted(set(claim.signed)):
        raise Fault("AuthorizationHeaderMalformed", "Signed headers are sorted.")
    query = sigv4.canonical_query(pair for pair in head.query if pair[0] != _QUERY_SIGNATURE)
    path = sigv4.encode(head.path, safe="/")
    return sigv4.canonical_request(head.method, path, query, listed, claim.payload)
