"""Token verification: the right one passes, every kind of wrong one is refused."""

from __future__ import annotations

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from chassis.config import TokensConfig
from chassis.errors import Unauthenticated, Unavailable
from chassis.identity import TokenVerifier
from chassis.testing import TokenMint
from chassis.testing.mint import KEY_ID


class Keys:
    """A key set that counts how often it is fetched, and can be taken away."""

    def __init__(self, *mints: TokenMint) -> None:
        self.entries = {f"k{n}": self._entry(mint, f"k{n}") for n, mint in enumerate(mints)}
        self.fetches = 0
        self.down = False

    @staticmethod
    def _entry(mint: TokenMint, key_id: str) -> dict:
        return json.loads(mint.jwks_file.read_text())["keys"][0] | {"kid": key_id}

    async def __call__(self):
        self.fetches += 1
        if self.down:
            raise OSError("unreachable")
        return {"keys": list(self.entries.values())}


@pytest.fixture
def mints(tmp_path):
    return [TokenMint(tmp_path / name, audience="mikro") for name in ("a", "b")]


def _verifier(keys, **changes) -> TokenVerifier:
    return TokenVerifier(TokensConfig(issuer="bauhof", **changes), audience="mikro", keys=keys)


async def test_right_token_gives_the_principal(mints):
    token = mints[0].sign(mints[0].claims(sub=7, roles=["user"], scope="a b"), key_id="k0")
    principal = await _verifier(Keys(*mints)).verify(token)
    assert (principal.subject, principal.organization) == ("7", "1")
    assert principal.roles == {"user"}
    assert principal.scopes == {"a", "b"}


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["rekuest"]},
        {"aud": None},
        {"iss": "somebody"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"org": None},
        {"client_id": None},
        {"preferred_username": None},
        {"roles": None},
        {"roles": "admin"},
        {"roles": [1]},
        {"scope": None},
        {"scope": ["openid"]},
        {"nbf": int(time.time()) + 3600},
    ],
    ids=str,
)
async def test_wrong_claims_are_refused(mints, changes):
    token = mints[0].sign(mints[0].claims(**changes), key_id="k0")
    with pytest.raises(Unauthenticated):
        await _verifier(Keys(*mints)).verify(token)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ey" * 9000, "\ud800", "é.é.é"])
async def test_what_is_no_token_is_refused(mints, token):
    with pytest.raises(Unauthenticated):
        await _verifier(Keys(*mints)).verify(token)


async def test_token_without_key_id_is_refused(mints):
    with pytest.raises(Unauthenticated):
        await _verifier(Keys(*mints)).verify(mints[0].sign(mints[0].claims(), key_id=None))


async def test_token_of_another_key_under_our_key_id_is_refused(mints):
    with pytest.raises(Unauthenticated):
        await _verifier(Keys(mints[0])).verify(mints[1].sign(mints[1].claims(), key_id="k0"))


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_weak_algorithm_is_refused(mints, algorithm):
    public = jwt.PyJWK.from_dict(Keys(mints[0]).entries["k0"]).key
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header = {"alg": algorithm, "kid": "k0", "typ": "JWT"}
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")  # noqa: E731
    body = part(header) + b"." + part(mints[0].claims())
    signature = b""
    if algorithm == "HS256":
        import hashlib
        import hmac

        signature = base64.urlsafe_b64encode(hmac.new(pem, body, hashlib.sha256).digest()).rstrip(
            b"="
        )
    with pytest.raises(Unauthenticated):
        await _verifier(Keys(mints[0])).verify((body + b"." + signature).decode())


async def test_algorithm_of_the_key_must_match(mints):
    claims = mints[0].claims()
    token = jwt.encode(claims, mints[0]._key, algorithm="PS256", headers={"kid": "k0"})
    with pytest.raises(Unauthenticated):
        await _verifier(Keys(mints[0])).verify(token)


async def test_clock_skew_is_forgiven_up_to_the_leeway(mints):
    late = mints[0].sign(mints[0].claims(exp=int(time.time()) - 10), key_id="k0")
    assert await _verifier(Keys(mints[0]), leeway_seconds=30).verify(late)
    with pytest.raises(Unauthenticated):
        await _verifier(Keys(mints[0]), leeway_seconds=5).verify(late)


async def test_remembered_token_still_ends_on_time(mints, monkeypatch):
    token = mints[0].sign(mints[0].claims(exp=int(time.time()) + 60), key_id="k0")
    verifier = _verifier(Keys(mints[0]), leeway_seconds=0)
    assert await verifier.verify(token)
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(Unauthenticated):
        await verifier.verify(token)


async def test_keys_are_fetched_once_for_many_tokens(mints):
    keys = Keys(mints[0])
    verifier = _verifier(keys, cache_seconds=600)
    for number in range(20):
        await verifier.verify(mints[0].sign(mints[0].claims(sub=str(number)), key_id="k0"))
    assert keys.fetches == 1


async def test_rotation_brings_the_new_key_without_a_restart(mints, monkeypatch):
    keys = Keys(mints[0])
    verifier = _verifier(keys, refresh_seconds=10)
    await verifier.verify(mints[0].sign(mints[0].claims(), key_id="k0"))
    keys.entries["k1"] = Keys._entry(mints[1], "k1")
    fresh = mints[1].sign(mints[1].claims(), key_id="k1")
    with pytest.raises(Unauthenticated):  # too soon after the last fetch
        await verifier.verify(fresh)
    later = time.monotonic() + 11
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert await verifier.verify(fresh)
    assert await verifier.verify(mints[0].sign(mints[0].claims(), key_id="k0"))


async def test_invented_key_ids_do_not_hammer_the_issuer(mints):
    keys = Keys(mints[0])
    verifier = _verifier(keys, refresh_seconds=600)
    for number in range(50):
        with pytest.raises(Unauthenticated):
            await verifier.verify(mints[0].sign(mints[0].claims(), key_id=f"no{number}"))
    assert keys.fetches == 1


async def test_retired_key_ends_its_remembered_tokens(mints, monkeypatch):
    keys = Keys(*mints)
    verifier = _verifier(keys, cache_seconds=60)
    token = mints[0].sign(mints[0].claims(), key_id="k0")
    assert await verifier.verify(token)
    del keys.entries["k0"]
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with pytest.raises(Unauthenticated):
        await verifier.verify(token)


async def test_issuer_out_of_reach_keeps_the_known_keys(mints, monkeypatch):
    keys = Keys(mints[0])
    verifier = _verifier(keys, cache_seconds=60)
    token = mints[0].sign(mints[0].claims(), key_id="k0")
    assert await verifier.verify(token)
    keys.down = True
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert await verifier.verify(token)


async def test_issuer_never_reached_is_unavailable_not_refused(mints):
    keys = Keys(mints[0])
    keys.down = True
    with pytest.raises(Unavailable):
        await _verifier(keys).verify(mints[0].sign(mints[0].claims(), key_id="k0"))


async def test_memory_of_tokens_is_bounded(mints):
    verifier = _verifier(Keys(mints[0]), cached_tokens=5)
    for number in range(20):
        await verifier.verify(mints[0].sign(mints[0].claims(sub=str(number)), key_id="k0"))
    assert len(verifier._known) == 5


async def test_key_file_is_a_source(mints):
    config = TokensConfig(jwks_file=mints[0].jwks_file)
    token = mints[0].sign(mints[0].claims(), key_id=KEY_ID)
    assert await TokenVerifier(config, audience="mikro").verify(token)
