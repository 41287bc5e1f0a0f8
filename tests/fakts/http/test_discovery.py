"""Discovery (protocol page 1.1)."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db
PATHS = ["/.well-known/fakts", "/fakts/.well-known/fakts"]


@pytest.mark.parametrize("path", PATHS)
def test_the_document_lies_at_the_root_and_below_the_prefix(api, path):
    answer = api.browser.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["protocol_version"] == "2"


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({"host": "localhost:8123"}, "http://localhost:8123"),
        ({"host": "127.0.0.1:8123"}, "http://127.0.0.1:8123"),
        ({"host": "localhost", "x-forwarded-proto": "https"}, "https://localhost"),
        ({"host": "localhost", "x-forwarded-proto": "gopher"}, "http://localhost"),
        ({"host": "evil.example"}, "http://127.0.0.1:8000"),
        ({"host": "evil.example", "x-forwarded-proto": "https"}, "http://127.0.0.1:8000"),
        ({"host": "localhost@evil.example"}, "http://127.0.0.1:8000"),
        ({"host": "localhost", "x-forwarded-host": "evil.example"}, "http://localhost"),
    ],
)
def test_the_callers_origin_is_echoed_if_it_is_ours(api, headers, origin):
    document = api.browser.get("/.well-known/fakts", headers=headers).json()
    for key in ("token_endpoint", "device_authorization_endpoint", "base_url", "jwks_uri"):
        assert document[key].startswith(f"{origin}/fakts/"), document[key]
    assert document["issuer"] == "bauhof"


def test_the_document_costs_no_statement(api, django_assert_num_queries):
    with django_assert_num_queries(0):
        api.browser.get("/.well-known/fakts")


def test_only_reading_is_allowed(api):
    assert api.browser.post("/.well-known/fakts").status_code == 405
