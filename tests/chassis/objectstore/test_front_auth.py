"""Signatures of the front: what holds, and every way in which one does not."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import clock
from chassis.objectstore import sigv4, tokens
from chassis.objectstore.contract import GrantScope, Mode
from chassis.objectstore.front import auth
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.head import Head, decode

MASTER = "the secret that service and front share"
NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)
SCOPE = GrantScope(bucket="mikro-zarr", prefix="o/s", mode=Mode.WRITE)
SKEW = 900
WORDS = st.characters(min_codepoint=32, max_codepoint=300)


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def grant(scope=SCOPE, seconds=3600, master=MASTER):
    return tokens.mint(master, scope, (NOW + timedelta(seconds=seconds)).timestamp())


def request(
    credentials=None,
    *,
    method="PUT",
    path="/mikro-zarr/o/s/c/0",
    query=(),
    headers=None,
    body=b"data",
    moment=NOW,
    region="us-east-1",
    service="s3",
):
    """A signed request as a client sends it."""
    signed = sigv4.signed_headers(
        method=method,
        host="localhost",
        path=sigv4.encode(path, safe="/"),
        query=query,
        headers=headers or {},
        payload_hash=hashlib.sha256(body).hexdigest(),
        credentials=credentials or grant(),
        region=region,
        moment=moment,
        service=service,
    )
    names = {name.lower(): value for name, value in signed.items()}
    return Head(method, path, list(query), names, True, len(body))


def code(head, skew=SKEW):
    with pytest.raises(Fault) as refused:
        auth.authenticate(head, MASTER, skew)
    return refused.value.code


def test_a_signed_request_is_known_by_its_grant():
    caller = auth.authenticate(request(), MASTER, SKEW)
    assert caller.claims.scope == SCOPE
    assert caller.payload == hashlib.sha256(b"data").hexdigest()
    assert caller.scope == "20260501/us-east-1/s3/aws4_request"


@given(
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=40),
    st.dictionaries(
        st.text(st.characters(max_codepoint=300, min_codepoint=32), min_size=1),
        st.text(max_size=9),
        max_size=4,
    ),
)
def test_whatever_the_key_and_the_query_a_right_signature_holds(key, query):
    head = request(path=f"/mikro-zarr/o/s/{key}", query=tuple(query.items()))
    assert auth.authenticate(head, MASTER, SKEW).claims.scope == SCOPE
    assert decode(sigv4.encode(head.path, safe="/")) == head.path


@pytest.mark.parametrize(
    "change",
    [
        {"method": "GET"},
        {"path": "/mikro-zarr/o/s/c/1"},
        {"path": "/mikro-zarr/o/s/c/0/"},
        {"query": [("uploads", "")]},
    ],
)
def test_a_changed_request_no_longer_matches(change):
    head = request()
    for name, value in change.items():
        setattr(head, name, value)
    assert code(head) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("header", "value", "expected"),
    [
        ("host", "elsewhere", "SignatureDoesNotMatch"),
        ("x-amz-content-sha256", "0" * 64, "SignatureDoesNotMatch"),
        ("x-amz-content-sha256", "", "InvalidArgument"),
        ("x-amz-content-sha256", "short", "InvalidArgument"),
        ("x-amz-date", "20260501T120001Z", "SignatureDoesNotMatch"),
        ("x-amz-date", "20260502T120000Z", "AuthorizationHeaderMalformed"),
        ("x-amz-date", "yesterday", "AuthorizationHeaderMalformed"),
        ("x-amz-security-token", "b1.x.y", "InvalidToken"),
        ("x-amz-security-token", "", "InvalidToken"),
        ("authorization", "Basic abc", "AuthorizationHeaderMalformed"),
        ("authorization", "AWS4-HMAC-SHA256 Credential=a", "AuthorizationHeaderMalformed"),
        ("authorization", "", "AuthorizationHeaderMalformed"),
    ],
)
def test_a_changed_header_is_refused(header, value, expected):
    head = request()
    head.headers[header] = value
    assert code(head) == expected


def test_what_is_missing_is_refused():
    anonymous = request()
    del anonymous.headers["authorization"]
    assert code(anonymous) == "AccessDenied"
    no_token = request()
    del no_token.headers["x-amz-security-token"]
    # What was signed and did not come is no match; a claim without token opens nothing.
    assert code(no_token) == "InvalidAccessKeyId"
    no_host = request()
    del no_host.headers["host"]
    assert code(no_host) == "SignatureDoesNotMatch"


def test_a_header_that_means_something_must_be_signed():
    head = request()
    head.headers["x-amz-meta-colour"] = "red"
    assert code(head) == "AccessDenied"
    signed = request(headers={"x-amz-meta-colour": "red"})
    assert auth.authenticate(signed, MASTER, SKEW)


@pytest.mark.parametrize("seconds", [-SKEW - 1, SKEW + 1, 86_400 - 3600])
def test_a_clock_that_is_far_off_is_told(seconds):
    assert code(request(moment=NOW + timedelta(seconds=seconds))) in {
        "RequestTimeTooSkewed",
        "AuthorizationHeaderMalformed",
    }
    near = NOW + timedelta(seconds=SKEW - 1)
    assert auth.authenticate(request(moment=near), MASTER, SKEW)


def test_a_grant_ends_on_the_second():
    assert auth.authenticate(request(grant(seconds=1)), MASTER, SKEW)
    assert code(request(grant(seconds=0))) == "ExpiredToken"
    assert code(request(grant(seconds=-1))) == "ExpiredToken"


def test_a_grant_of_another_secret_is_none():
    assert code(request(grant(master="another"))) == "InvalidToken"


def test_an_access_key_belongs_to_its_token():
    one, other = grant(), grant()
    mixed = tokens.Credentials(other.access_key, one.secret_key, one.session_token)
    assert code(request(mixed)) == "InvalidAccessKeyId"
    stolen = tokens.Credentials(one.access_key, other.secret_key, one.session_token)
    assert code(request(stolen)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("scope", "action", "key", "allowed"),
    [
        (GrantScope(bucket="b", prefix="o/s"), "get", "o/s/x", True),
        (GrantScope(bucket="b", prefix="o/s"), "get", "o/s", True),
        (GrantScope(bucket="b", prefix="o/s"), "get", "o/s2/x", False),
        (GrantScope(bucket="b", prefix="o/s"), "get", "o", False),
        (GrantScope(bucket="b", prefix="o/s"), "get", "", False),
        (GrantScope(bucket="b", prefix="o/s"), "list", "o/s/", True),
        (GrantScope(bucket="b", prefix="o/s"), "list", "o/s", False),
        (GrantScope(bucket="b", prefix="o/s"), "list", "", False),
        (GrantScope(bucket="b", prefix="o/s"), "put", "o/s/x", False),
        (GrantScope(bucket="b", prefix="o/s"), "delete", "o/s/x", False),
        (GrantScope(bucket="b", prefix="o/s"), "multipart", "o/s/x", False),
        (GrantScope(bucket="b", prefix="o/s", mode=Mode.WRITE), "put", "o/s/x", True),
        (GrantScope(bucket="b", prefix="o/s", mode=Mode.WRITE), "delete", "o/s/x", True),
        (GrantScope(bucket="b", prefix="o/s", mode=Mode.WRITE), "get", "o/s/x", True),
        (GrantScope(bucket="b", prefix="o/s", mode=Mode.WRITE), "delete", "o/t/x", False),
        (GrantScope(bucket="b", key="o/s"), "get", "o/s", True),
        (GrantScope(bucket="b", key="o/s"), "get", "o/s/x", False),
        (GrantScope(bucket="b", key="o/s"), "list", "o/s/", False),
        (GrantScope(bucket="b", key="o/s", mode=Mode.WRITE), "put", "o/s", True),
        (GrantScope(bucket="b", key="o/s", mode=Mode.WRITE), "multipart", "o/s", True),
        (GrantScope(bucket="b", key="o/s", mode=Mode.WRITE), "get", "o/s", False),
        (GrantScope(bucket="b", key="o/s", mode=Mode.WRITE), "delete", "o/s", False),
    ],
)
def test_a_grant_allows_what_it_says_and_nothing_else(scope, action, key, allowed):
    caller = auth.authenticate(request(grant(scope)), MASTER, SKEW)

    def opens(bucket):
        try:
            caller.allow(action, bucket, key)
        except Fault as fault:
            assert fault.code == "AccessDenied"
            return False
        return True

    assert opens("b") is allowed
    assert opens("c") is False


def test_the_key_of_the_service_opens_everything():
    caller = auth.authenticate(request(grant(None)), MASTER, SKEW)
    caller.allow("delete", "any", "where")
    caller.allow_bucket("any")


def test_a_grant_is_held_to_its_bucket():
    caller = auth.authenticate(request(), MASTER, SKEW)
    caller.allow_bucket("mikro-zarr")
    with pytest.raises(Fault):
        caller.allow_bucket("mikro-media")


def presigned(credentials=None, *, expires="600", moment=NOW, **changes):
    """A presigned address."""
    credentials = credentials or grant()
    timestamp = moment.strftime(sigv4.DATE_FORMAT)
    scope = f"{timestamp[:8]}/us-east-1/s3/aws4_request"
    query = {
        "X-Amz-Algorithm": sigv4.ALGORITHM,
        "X-Amz-Credential": f"{credentials.access_key}/{scope}",
        "X-Amz-Date": timestamp,
        "X-Amz-Expires": expires,
        "X-Amz-Security-Token": credentials.session_token,
        "X-Amz-SignedHeaders": "host",
        **changes,
    }
    pairs = [*query.items()]
    path = "/mikro-zarr/o/s/c/0"
    canonical = sigv4.canonical_request(
        "GET", quote(path), sigv4.canonical_query(pairs), [("host", "localhost")], sigv4.UNSIGNED
    )
    key = sigv4.signing_key(credentials.secret_key, timestamp[:8], "us-east-1", "s3")
    pairs.append(("X-Amz-Signature", sigv4.sign(key, timestamp, scope, canonical)))
    return Head("GET", path, pairs, {"host": "localhost"}, True, 0)


def test_a_presigned_address_opens_what_its_grant_does():
    assert auth.authenticate(presigned(), MASTER, SKEW).claims.scope == SCOPE


@pytest.mark.parametrize("expires", ["0", "-1", "", "x", "604801", "1e3", "9999999"])
def test_a_presigned_address_lives_a_week_at_most(expires):
    assert code(presigned(expires=expires)) == "AuthorizationQueryParametersError"


def test_a_presigned_address_ends():
    old = NOW - timedelta(seconds=601)
    assert code(presigned(moment=old)) in {"AccessDenied", "ExpiredToken", "RequestTimeTooSkewed"}


def test_a_presigned_address_is_one_signature_not_two():
    head = presigned()
    head.headers["authorization"] = "AWS4-HMAC-SHA256 x"
    assert code(head) == "AuthorizationQueryParametersError"
    wrong = presigned(**{"X-Amz-Algorithm": "AWS4-HMAC-SHA1"})
    assert code(wrong) == "AuthorizationQueryParametersError"
    tampered = presigned()
    tampered.path = "/mikro-zarr/o/s/c/1"
    assert code(tampered) == "SignatureDoesNotMatch"
