"""Keys that sign tokens."""

from __future__ import annotations

import stat

import jwt
import pytest

from chassis.config import current
from fakts_server.config import FaktsConfig
from fakts_server.models.credential import SigningKey
from fakts_server.operations.admin import admin_run
from fakts_server.operations.signing_key import (
    forget_active_key,
    sign,
    signing_key_ensure,
    signing_key_renew,
    signing_key_rotate,
    signing_keys_retire,
)
from fakts_server.operations.sweep import expired_sweep
from fakts_server.selectors.signing_key import public_keys

pytestmark = pytest.mark.django_db


def kid_of(token):
    return jwt.get_unverified_header(token)["kid"]


def test_the_first_key_is_made_once():
    assert signing_key_ensure().kid == signing_key_ensure().kid
    assert SigningKey.objects.count() == 1


def test_the_private_half_is_a_file_only_we_can_read():
    key = signing_key_ensure()
    path = current(FaktsConfig).state_dir / "signing" / f"{key.kid}.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "d" not in key.public_jwk


def test_a_lost_private_half_is_replaced():
    key = signing_key_ensure()
    (current(FaktsConfig).state_dir / "signing" / f"{key.kid}.pem").unlink()
    assert signing_key_ensure().kid != key.kid


def test_a_new_key_is_announced_before_it_signs(now, configured):
    configured(signing_key_announce_seconds=60)
    old = signing_key_ensure()
    new = signing_key_rotate()
    assert {key["kid"] for key in public_keys()} == {old.kid, new.kid}
    assert kid_of(sign({"sub": "1"})) == old.kid
    now.forward(61)
    forget_active_key()
    assert kid_of(sign({"sub": "1"})) == new.kid


def test_an_old_key_verifies_until_its_last_token_has_expired(now, configured):
    config = configured(signing_key_announce_seconds=60)
    old = signing_key_ensure()
    new = signing_key_rotate()
    now.forward(61)
    assert signing_keys_retire() == 0
    assert old.kid in {key["kid"] for key in public_keys()}
    now.forward(config.access_token_seconds + config.tokens.leeway_seconds + 10)
    assert signing_keys_retire() == 1
    assert [key["kid"] for key in public_keys()] == [new.kid]
    assert not (config.state_dir / "signing" / f"{old.kid}.pem").exists()
    assert signing_keys_retire() == 0


def test_a_key_is_followed_when_it_is_old(now, configured):
    configured(signing_key_days=90)
    assert signing_key_renew() is None
    old = signing_key_ensure()
    now.forward(90 * 86_400 - 60)
    assert signing_key_renew() is None
    now.forward(120)
    expired_sweep()
    new = SigningKey.objects.exclude(pk=old.pk).get()
    assert new.active_from > now()
    # The one that was announced is new enough.
    assert signing_key_renew() is None


def test_no_age_means_never(now, configured):
    configured(signing_key_days=0)
    signing_key_ensure()
    now.forward(10_000 * 86_400)
    assert signing_key_renew() is None


def test_the_operator_orders_a_new_key():
    old = signing_key_ensure()
    told = admin_run({"op": "signing_key.renew"})
    assert told["id"] in {key["kid"] for key in public_keys()} - {old.kid}


def test_nobody_notices_a_rotation(api, logged_in, now, configured):
    config = configured(signing_key_announce_seconds=60)
    signing_key_rotate()
    envelope, seen = logged_in, set()
    for _ in range(8):
        keys = {key["kid"]: key for key in public_keys()}
        token = envelope["access_token"]
        jwt.decode(
            token,
            jwt.PyJWK.from_dict(keys[kid_of(token)]),
            audience="rekuest",
            options={"verify_iat": False, "verify_exp": False},
        )
        seen.add(kid_of(token))
        now.forward(config.access_token_seconds / 4)
        forget_active_key()
        signing_keys_retire()
        envelope = api.refresh(envelope).json()
    assert len(seen) == 2
