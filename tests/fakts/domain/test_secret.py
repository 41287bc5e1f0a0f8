"""Secrets and codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakts_server.domain import secret


def test_secrets_carry_256_bits_and_their_kind():
    made = {secret.new_secret("bmk") for _ in range(200)}
    assert len(made) == 200
    assert all(item.startswith("bmk_") and len(item) == 47 for item in made)


def test_the_stored_form_says_nothing_of_the_secret():
    made = secret.new_secret("brt")
    assert made not in secret.digest(made)
    assert len(secret.digest(made)) == 64


@given(st.text())
def test_any_text_has_a_digest(text):
    assert secret.digest(text) == secret.digest(text)


def test_lone_surrogates_have_a_digest():
    assert len(secret.digest("\ud800")) == 64


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("WDJB-MJHT", "WDJB-MJHT"),
        ("wdjbmjht", "WDJB-MJHT"),
        (" wdjb mjht ", "WDJB-MJHT"),
        ("WDJB-MJH", None),
        ("WDJB-MJHTT", None),
        ("WDJB-MJHA", None),
        ("WDJB-MJH\0", None),
        ("", None),
        ("ß" * 8, None),
        ("WDJB-MJHT' OR 1=1", None),
    ],
)
def test_typed_codes_are_normalized(typed, stored):
    assert secret.normalize_user_code(typed) == stored


def test_new_codes_are_their_own_normal_form():
    for _ in range(100):
        code = secret.new_user_code()
        assert secret.normalize_user_code(code) == code


@given(st.text(), st.text(min_size=1))
def test_organizations_cannot_compare_devices(device_id, salt):
    ours = secret.device_fingerprint("pepper", "salt", device_id)
    assert ours != secret.device_fingerprint("pepper", "salt" + salt, device_id)
    assert ours != secret.device_fingerprint("other", "salt", device_id)
