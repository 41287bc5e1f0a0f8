"""Signature V4 against the published example, and what encoding it needs."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from chassis.objectstore import sigv4
from chassis.objectstore.tokens import Credentials

#: The example of the S3 documentation: GET of the first ten bytes of test.txt.
EXAMPLE_KEY = "AKIAIOSFODNN7EXAMPLE"
EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
MOMENT = datetime(2013, 5, 24, tzinfo=UTC)


def signed(**changes):
    given = {
        "method": "GET",
        "host": "examplebucket.s3.amazonaws.com",
        "path": "/test.txt",
        "query": (),
        "headers": {"range": "bytes=0-9"},
        "payload_hash": sigv4.EMPTY_SHA256,
        "credentials": Credentials(EXAMPLE_KEY, EXAMPLE_SECRET, ""),
        "region": "us-east-1",
        "moment": MOMENT,
    }
    return sigv4.signed_headers(**{**given, **changes})


def signature(headers):
    return headers["authorization"].rpartition("Signature=")[2]


def test_the_published_example_comes_out():
    expected = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    assert signature(signed()) == expected


def test_the_published_example_with_a_query_comes_out():
    headers = signed(path="/", query=[("lifecycle", "")], headers={})
    expected = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    assert signature(headers) == expected


def test_the_published_example_of_a_listing_comes_out():
    headers = signed(path="/", query=[("prefix", "J"), ("max-keys", "2")], headers={})
    expected = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    assert signature(headers) == expected


def test_a_session_token_is_signed_with_the_rest():
    headers = signed(credentials=Credentials(EXAMPLE_KEY, EXAMPLE_SECRET, "token"))
    assert headers["x-amz-security-token"] == "token"
    assert "x-amz-security-token" in headers["authorization"]
    assert signature(headers) != signature(signed())


@given(st.text(max_size=40))
def test_encoding_is_undone_by_decoding_and_is_plain(text):
    encoded = sigv4.encode(text.encode("utf8", "replace").decode())
    assert encoded.isascii()
    assert set(encoded) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%"
    )
    assert unquote(encoded) == text.encode("utf8", "replace").decode()


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=6), st.randoms())
def test_a_query_is_signed_in_one_order(pairs, random):
    items = [
        (name.encode("utf8", "replace").decode(), value.encode("utf8", "replace").decode())
        for name, value in pairs.items()
    ]
    shuffled = [*items]
    random.shuffle(shuffled)
    assert sigv4.canonical_query(items) == sigv4.canonical_query(shuffled)


def test_blanks_in_a_header_count_once():
    one = sigv4.canonical_request("GET", "/", "", [("a", " x   y ")], "h")
    assert one == sigv4.canonical_request("GET", "/", "", [("a", "x y")], "h")


def test_keys_of_days_regions_and_services_differ():
    keys = {
        sigv4.signing_key("secret", date, region, service)
        for date in ("20260101", "20260102")
        for region in ("us-east-1", "eu-west-1")
        for service in ("s3", "sts")
    }
    assert len(keys) == 8
    assert all(len(key) == hashlib.sha256().digest_size for key in keys)
