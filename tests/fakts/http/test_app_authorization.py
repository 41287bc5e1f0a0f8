"""Device authorization (protocol page 1.2)."""

from __future__ import annotations

import pytest
from appside import start_body

from fakts_server.models.credential import DeviceCode

PATH = "/fakts/o/app-authorization/"


def test_the_answer_has_all_a_client_reads(api, installed):
    answer = api.json(PATH, start_body())
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert body["device_code"] != body["user_code"]
    assert len(body["device_code"]) >= 43
    assert body["verification_uri_complete"].endswith(f"/fakts/configure/{body['user_code']}")
    assert (body["expires_in"], body["interval"]) == (300, 2)
    assert body["client_id"]


def test_only_hashes_are_kept_and_no_client_is_made(api, installed):
    started = api.start()
    code = DeviceCode.objects.get()
    assert started["device_code"] not in str(code.__dict__)
    assert code.client_id is None


@pytest.mark.parametrize(
    ("wish", "given"), [(300, 300), (1, 10), (-5, 10), (10**9, 900), (900, 900)]
)
def test_the_wished_life_is_clamped(api, installed, wish, given):
    answer = api.json(PATH, {**start_body(), "expiration_time_seconds": wish})
    assert answer.json()["expires_in"] == given


def test_a_logo_is_never_fetched(api, installed):
    # An address that would hang or fail: nothing but storing may happen.
    assert api.start(logo="file:///etc/passwd")["user_code"]


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "invalid_request"),
        (b" ", "application/json", 400, "invalid_request"),
        (b"[]", "application/json", 400, "invalid_request"),
        (b"null", "application/json", 400, "invalid_request"),
        (b"{}", "application/json", 400, "invalid_request"),
        (b'{"manifest": 1}', "application/json", 400, "invalid_request"),
        (b"\xff\xfe", "application/json", 400, "invalid_request"),
        (b'{"manifest": "' + b"x" * 5_000_000 + b'"}', "application/json", 413, "invalid_request"),
        (b"manifest=x", "application/x-www-form-urlencoded", 415, "invalid_request"),
        (b"{}", "text/plain", 415, "invalid_request"),
        (b"[" * 100_000, "application/json", 400, "invalid_request"),
    ],
)
def test_bad_bodies_get_a_typed_answer(api, installed, body, kind, status, code):
    answer = api.browser.post(PATH, body, content_type=kind)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert answer["Cache-Control"] == "no-store"


def test_the_wrong_field_is_named(api, installed):
    answer = api.json(PATH, start_body(identifier="a/b"))
    assert answer.status_code == 400
    assert answer.json()["field"] == "manifest.identifier"


def test_only_post_is_taken(api, installed):
    answer = api.browser.get(PATH)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_starts_are_throttled_per_address(api, installed, configured):
    configured(throttles={"starts_per_minute": 3})
    statuses = [
        api.browser.post(
            PATH,
            start_body(),
            content_type="application/json",
            headers={"x-forwarded-for": "10.0.0.1"},
        ).status_code
        for _ in range(4)
    ]
    assert statuses == [200, 200, 200, 429]
    # What a client writes itself into the header does not make it somebody else.
    spoofed = api.browser.post(
        PATH,
        start_body(),
        content_type="application/json",
        headers={"x-forwarded-for": "1.2.3.4, 10.0.0.1"},
    )
    assert (spoofed.status_code, spoofed.json()["error"]) == (429, "slow_down")
    other = api.browser.post(
        PATH,
        start_body(),
        content_type="application/json",
        headers={"x-forwarded-for": "10.0.0.2"},
    )
    assert other.status_code == 200
