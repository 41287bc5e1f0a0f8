"""Signing keys as files."""

from __future__ import annotations

import time

import jwt
import pytest

from fakts_server.adapters import keystore
from fakts_server.adapters.keystore import create_key, forget_key, has_key, read_id_token, sign

STRANGE = [
    "",
    "x",
    "../../etc/passwd",
    "A" * 36,
    "0" * 35,
    "0" * 37,
    "0" * 35 + "\n",
    "0" * 36 + "/",
]


@pytest.fixture
def made(tmp_path):
    return create_key(tmp_path)


def test_only_the_public_half_is_given_out(made, tmp_path):
    kid, public = made
    assert set(public) == {"kty", "n", "e", "kid", "use", "alg"}
    assert (public["kid"], public["use"], public["alg"]) == (kid, "sig", "RS256")
    [file] = (tmp_path / "signing").iterdir()
    assert file.name == f"{kid}.pem"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().startswith("-----BEGIN PRIVATE KEY-----")


def test_a_token_names_its_key_and_kind(made, tmp_path):
    kid, public = made
    token = sign(tmp_path, kid, {"sub": "1", "aud": "web"}, "at+jwt")
    header = jwt.get_unverified_header(token)
    assert (header["kid"], header["typ"], header["alg"]) == (kid, "at+jwt", "RS256")
    claims = jwt.decode(token, jwt.PyJWK.from_dict(public), algorithms=["RS256"], audience="web")
    assert claims == {"sub": "1", "aud": "web"}


def test_a_key_is_there_until_it_is_forgotten(made, tmp_path):
    kid, _ = made
    other, _ = create_key(tmp_path)
    assert has_key(tmp_path, kid)
    for _ in range(2):
        forget_key(tmp_path, kid)
        assert not has_key(tmp_path, kid)
    assert has_key(tmp_path, other)


@pytest.mark.parametrize("kid", STRANGE)
@pytest.mark.parametrize("ask", [has_key, forget_key])
def test_a_key_id_is_no_path(tmp_path, kid, ask):
    with pytest.raises(ValueError, match="key id"):
        ask(tmp_path, kid)


@pytest.mark.parametrize("kid", STRANGE)
def test_nothing_is_signed_with_a_path(tmp_path, kid):
    with pytest.raises(ValueError, match="key id"):
        sign(tmp_path, kid, {}, "JWT")


@pytest.mark.parametrize(
    ("claims", "is_read"),
    [
        ({"aud": "web", "sub": "1"}, True),
        ({"aud": "web", "sub": "1", "exp": 1}, True),
        ({"aud": "web", "sub": "1", "exp": int(time.time()) + 60}, True),
        ({"aud": ["web", "mikro"], "sub": "1"}, False),
        ({"aud": [], "sub": "1"}, False),
        ({"sub": "1"}, False),
    ],
)
def test_an_id_token_is_for_one_web_app_and_may_be_over(made, tmp_path, claims, is_read):
    kid, public = made
    token = sign(tmp_path, kid, claims, "JWT")
    assert read_id_token([public], token) == (claims if is_read else None)


def test_only_our_own_signature_counts(made, tmp_path):
    kid, public = made
    other, other_public = create_key(tmp_path)
    token = sign(tmp_path, kid, {"aud": "web"}, "JWT")
    forged = sign(tmp_path, other, {"aud": "web"}, "JWT")
    head, body, mark = token.split(".")
    assert read_id_token([other_public, public], token) == {"aud": "web"}
    wrong = [
        forged,
        f"{head}.{body}.{forged.split('.')[2]}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{mark[:-4]}",
        jwt.encode({"aud": "web"}, None, algorithm="none", headers={"kid": kid}),
        jwt.encode({"aud": "web"}, public["n"], algorithm="HS256", headers={"kid": kid}),
        jwt.encode({"aud": "web"}, "x" * 32, algorithm="HS256"),
        "",
        "a.b.c",
    ]
    assert [read_id_token([public], one) for one in wrong] == [None] * len(wrong)
    assert read_id_token([], token) is None


def test_two_keys_are_two(tmp_path):
    names = {create_key(tmp_path)[0] for _ in range(3)}
    assert len(names) == 3
    assert keystore.ALGORITHM == "RS256"
