"""Who sent a request: every wrong signature is refused by its own code, no right one is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import clock
from chassis.objectstore import sigv4, tokens
from chassis.objectstore.contract import GrantScope, Mode
from chassis.objectstore.front.auth import Caller, authenticate
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.head import Head

MASTER = "the secret of the installation"
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
SKEW = 900
SCOPE = GrantScope(bucket="mikro-zarr", prefix="org/store", mode=Mode.READ)
EMPTY = sigv4.EMPTY_SHA256


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    yield


def minted(scope: GrantScope | None = SCOPE, seconds: float = 3600) -> tokens.Credentials:
    return tokens.mint(MASTER, scope, NOW.timestamp() + seconds)


def head(
    credentials: tokens.Credentials,
    *,
    path: str = "/mikro-zarr/org/store/c/0",
    query: tuple[tuple[str, str], ...] = (),
    headers: dict[str, str] | None = None,
    moment: datetime = NOW,
    method: str = "GET",
    payload: str = EMPTY,
    region: str = "us-east-1",
) -> Head:
    """A request signed in its headers."""
    signed = sigv4.signed_headers(
        method=method,
        host="lab",
        path=sigv4.encode(path, safe="/"),
        query=query,
        headers=headers or {},
        payload_hash=payload,
        credentials=credentials,
        region=region,
        moment=moment,
    )
    lower = {name.lower(): value for name, value in signed.items()}
    return Head(method, path, [*query], lower, keep_alive=True, length=0)


def presigned(
    credentials: tokens.Credentials, *, expires: str = "600", moment: datetime = NOW, **over: str
) -> Head:
    """A request signed in its query."""
    timestamp = moment.strftime(sigv4.DATE_FORMAT)
    scope = f"{timestamp[:8]}/us-east-1/s3/aws4_request"
    query = {
        "X-Amz-Algorithm": sigv4.ALGORITHM,
        "X-Amz-Credential": f"{credentials.access_key}/{scope}",
        "X-Amz-Date": timestamp,
        "X-Amz-Expires": expires,
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Security-Token": credentials.session_token,
    }
    query |= over
    path = "/mikro-zarr/org/store/c/0"
    request = sigv4.canonical_request(
        "GET", path, sigv4.canonical_query(query.items()), [("host", "lab")], sigv4.UNSIGNED
    )
    key = sigv4.signing_key(credentials.secret_key, timestamp[:8], "us-east-1", "s3")
    query["X-Amz-Signature"] = sigv4.sign(key, timestamp, scope, request)
    return Head("GET", path, [*query.items()], {"host": "lab"}, keep_alive=True, length=0)


def code(one: Head) -> str:
    with pytest.raises(Fault) as refused:
        authenticate(one, MASTER, SKEW)
    return refused.value.code


def test_a_signed_request_is_known_by_its_grant() -> None:
    caller = authenticate(head(minted()), MASTER, SKEW)
    assert caller.claims.scope == SCOPE
    assert caller.payload == EMPTY


def test_a_presigned_address_is_known_by_its_grant() -> None:
    caller = authenticate(presigned(minted()), MASTER, SKEW)
    assert caller.claims.scope == SCOPE
    assert caller.payload == sigv4.UNSIGNED


@given(
    key=st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), min_size=1, max_size=40),
    value=st.text(max_size=20),
)
def test_any_key_and_parameter_can_be_signed(key: str, value: str) -> None:
    one = head(minted(), path=f"/mikro-zarr/org/store/{key}", query=(("prefix", value),))
    assert authenticate(one, MASTER, SKEW).claims.scope == SCOPE


def changed(one: Head, **headers: str | None) -> Head:
    for name, value in headers.items():
        name = name.replace("_", "-")
        if value is None:
            del one.headers[name]
        else:
            one.headers[name] = value
    return one


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"authorization": None}, "AccessDenied"),
        ({"authorization": "Bearer x"}, "AuthorizationHeaderMalformed"),
        ({"authorization": "AWS4-HMAC-SHA256 Credential=a/b"}, "AuthorizationHeaderMalformed"),
        ({"authorization": ""}, "AuthorizationHeaderMalformed"),
        ({"x_amz_content_sha256": None}, "InvalidArgument"),
        ({"x_amz_content_sha256": "nothing"}, "InvalidArgument"),
        ({"x_amz_content_sha256": "0" * 64}, "SignatureDoesNotMatch"),
        ({"x_amz_date": None}, "AuthorizationHeaderMalformed"),
        ({"x_amz_date": "20261127T120001Z"}, "SignatureDoesNotMatch"),
        ({"x_amz_date": "20261128T120000Z"}, "AuthorizationHeaderMalformed"),
        ({"host": "evil"}, "SignatureDoesNotMatch"),
        ({"host": None}, "SignatureDoesNotMatch"),
        ({"x_amz_security_token": None}, "InvalidAccessKeyId"),
        ({"x_amz_security_token": "b1.forged.token"}, "InvalidToken"),
        ({"x_amz_meta_owner": "added"}, "AccessDenied"),
    ],
    ids=str,
)
def test_a_changed_header_is_refused(change: dict[str, str | None], expected: str) -> None:
    assert code(changed(head(minted()), **change)) == expected


def test_a_changed_method_path_or_query_is_refused() -> None:
    for name, value in (
        ("method", "DELETE"),
        ("path", "/mikro-zarr/org/store/c/1"),
        ("query", [("versionId", "1")]),
    ):
        one = head(minted())
        setattr(one, name, value)
        assert code(one) == "SignatureDoesNotMatch", name


def test_the_secret_of_another_grant_signs_nothing() -> None:
    one, other = minted(), minted()
    mixed = tokens.Credentials(one.access_key, other.secret_key, one.session_token)
    assert code(head(mixed)) == "SignatureDoesNotMatch"
    borrowed = tokens.Credentials(other.access_key, one.secret_key, one.session_token)
    assert code(head(borrowed)) == "InvalidAccessKeyId"


def test_a_grant_of_another_installation_is_refused() -> None:
    foreign = tokens.mint("another secret", SCOPE, NOW.timestamp() + 3600)
    assert code(head(foreign)) == "InvalidToken"


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-1, "ExpiredToken"), (0, "ExpiredToken"), (1, None)]
)
def test_a_grant_ends_on_time(seconds: float, expected: str | None) -> None:
    one = head(minted(seconds=seconds))
    if expected is None:
        assert authenticate(one, MASTER, SKEW)
    else:
        assert code(one) == expected


@pytest.mark.parametrize(
    ("shift", "well"), [(-SKEW, True), (SKEW, True), (-SKEW - 1, False), (SKEW + 1, False)]
)
def test_clocks_may_differ_a_little(shift: int, well: bool) -> None:
    one = head(minted(), moment=NOW + timedelta(seconds=shift))
    if well:
        assert authenticate(one, MASTER, SKEW)
    else:
        assert code(one) == "RequestTimeTooSkewed"


@pytest.mark.parametrize(
    ("shift", "expected"),
    [(-600, None), (-601, "AccessDenied"), (SKEW + 1, "RequestTimeTooSkewed")],
)
def test_a_presigned_address_ends_on_time(shift: int, expected: str | None) -> None:
    one = presigned(minted(), moment=NOW + timedelta(seconds=shift))
    if expected is None:
        assert authenticate(one, MASTER, SKEW)
    else:
        assert code(one) == expected


@pytest.mark.parametrize("expires", ["", "0", "-1", "604801", "x", "٣", "1.5"])
def test_a_presigned_address_lives_a_week_at_most(expires: str) -> None:
    assert code(presigned(minted(), expires=expires)) == "AuthorizationQueryParametersError"


def test_a_request_is_signed_one_way() -> None:
    one = presigned(minted())
    one.headers["authorization"] = "Bearer x"
    assert code(one) == "AuthorizationQueryParametersError"


@pytest.mark.parametrize(
    "over",
    [
        {"X-Amz-Algorithm": "AWS4-HMAC-SHA1"},
        {"X-Amz-SignedHeaders": ""},
        {"X-Amz-SignedHeaders": "range"},
        {"X-Amz-Credential": "x"},
        {"X-Amz-Date": "yesterday"},
    ],
    ids=str,
)
def test_a_presigned_address_of_another_form_is_refused(over: dict[str, str]) -> None:
    assert code(presigned(minted(), **over)) in {
        "AuthorizationQueryParametersError",
        "AuthorizationHeaderMalformed",
        "SignatureDoesNotMatch",
    }


def test_signed_headers_must_be_sorted_and_whole() -> None:
    one = head(minted())
    field = "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token"
    assert field in one.headers["authorization"]
    for names in (
        "x-amz-date;host;x-amz-content-sha256;x-amz-security-token",
        "host;host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
    ):
        text = one.headers["authorization"].replace(field, f"SignedHeaders={names}")
        assert code(changed(head(minted()), authorization=text)) in {
            "AuthorizationHeaderMalformed",
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
        }


def caller(scope: GrantScope | None) -> Caller:
    claims = tokens.Claims("id", scope, NOW.timestamp() + 60)
    return Caller(claims, EMPTY, b"", "", "", "")


ACTIONS = ("get", "list", "put", "multipart", "delete")


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (GrantScope(bucket="b", prefix="p", mode=Mode.READ), {"get", "list"}),
        (GrantScope(bucket="b", prefix="p", mode=Mode.WRITE), set(ACTIONS)),
        (GrantScope(bucket="b", key="p/k", mode=Mode.READ), {"get"}),
        (GrantScope(bucket="b", key="p/k", mode=Mode.WRITE), {"put", "multipart"}),
        (None, set(ACTIONS)),
    ],
    ids=str,
)
def test_a_grant_allows_what_its_mode_says(scope: GrantScope | None, allowed: set[str]) -> None:
    one = caller(scope)
    for action in ACTIONS:
        key = "p/" if action == "list" else "p/k"
        if action in allowed:
            one.allow(action, "b", key)
        else:
            with pytest.raises(Fault, match="AccessDenied"):
                one.allow(action, "b", key)


@pytest.mark.parametrize("key", ["q/k", "pk", "", "p-sibling/k", "P/k", "p/../q"])
def test_outside_of_the_scope_nothing_is_allowed(key: str) -> None:
    one = caller(GrantScope(bucket="b", prefix="p", mode=Mode.WRITE))
    inside = key.startswith("p/")
    for action in ACTIONS:
        if inside:
            # Keys are names, not paths: `..` leads nowhere.
            one.allow(action, "b", key)
            continue
        with pytest.raises(Fault, match="AccessDenied"):
            one.allow(action, "b", key)
    with pytest.raises(Fault, match="AccessDenied"):
        one.allow("get", "other", "p/k")


def test_a_bucket_is_that_of_the_grant() -> None:
    caller(None).allow_bucket("any")
    one = caller(SCOPE)
    one.allow_bucket("mikro-zarr")
    with pytest.raises(Fault, match="AccessDenied"):
        one.allow_bucket("mikro-media")
