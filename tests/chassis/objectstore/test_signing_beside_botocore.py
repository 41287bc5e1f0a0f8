"""Our signatures beside those of botocore's signer, on whatever is asked; each part is signed."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given
from hypothesis import strategies as st

from chassis.objectstore import sigv4
from chassis.objectstore.tokens import Credentials

#: From the public documentation of Signature Version 4: GET of a range of an object.
EXAMPLE = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "")
EXAMPLE_SIGNATURE = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"


def signed(credentials: Credentials, **changes: object) -> dict[str, str]:
    given_values = {
        "method": "GET",
        "host": "examplebucket.s3.amazonaws.com",
        "path": "/test.txt",
        "query": (),
        "headers": {},
        "payload_hash": sigv4.EMPTY_SHA256,
        "credentials": credentials,
        "region": "us-east-1",
        "moment": datetime(2013, 5, 24, tzinfo=UTC),
    }
    return sigv4.signed_headers(**{**given_values, **changes})  # type: ignore[arg-type]


def signature_of(headers: dict[str, str]) -> str:
    return headers["authorization"].rpartition("Signature=")[2]


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "HEAD"},
        {"path": "/other.txt"},
        {"query": [("a", "1")]},
        {"headers": {"Range": "bytes=0-8"}},
        {"host": "other.s3.amazonaws.com"},
        {"payload_hash": "0" * 64},
        {"region": "eu-west-1"},
        {"moment": datetime(2013, 5, 24, 0, 0, 1, tzinfo=UTC)},
        {"service": "sts"},
        {"credentials": Credentials("AKIAIOSFODNN7EXAMPLE", "other", "")},
        {"credentials": Credentials(EXAMPLE.access_key, EXAMPLE.secret_key, "token")},
    ],
    ids=str,
)
def test_everything_that_matters_is_signed(changes: dict[str, object]) -> None:
    given_values = {"headers": {"Range": "bytes=0-9"}, "credentials": EXAMPLE} | changes
    credentials = given_values.pop("credentials")
    assert signature_of(signed(credentials, **given_values)) != EXAMPLE_SIGNATURE  # type: ignore[arg-type]


text = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), min_size=1, max_size=30)


@given(
    key=text.filter(lambda key: not key.startswith("/")),
    query=st.dictionaries(st.text("abcxyzABC-_", min_size=1, max_size=8), text, max_size=4),
    token=st.one_of(st.just(""), st.text("abcdefXYZ123+/=", min_size=5, max_size=40)),
)
def test_it_signs_as_botocore_does(key: str, query: dict[str, str], token: str) -> None:
    path = f"/bucket/{quote(key, safe='-_.~/')}"
    moment = datetime.now(UTC)
    request = AWSRequest("PUT", f"http://127.0.0.1:9000{path}", params=query)
    request.context["payload_signing_enabled"] = True
    request.context["timestamp"] = moment.strftime(sigv4.DATE_FORMAT)
    signer = S3SigV4Auth(BotoCredentials("ACCESS", "secret", token or None), "s3", "us-east-1")
    signer.add_auth(request)
    when = datetime.strptime(request.headers["X-Amz-Date"], sigv4.DATE_FORMAT).replace(tzinfo=UTC)
    ours = signed(
        Credentials("ACCESS", "secret", token),
        method="PUT",
        host="127.0.0.1:9000",
        path=path,
        query=[*query.items()],
        moment=when,
    )
    assert signature_of(ours) == signature_of({"authorization": request.headers["Authorization"]})
