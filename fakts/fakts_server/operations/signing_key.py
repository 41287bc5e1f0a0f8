"""Making, rotating and using the keys that sign tokens."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.db import transaction

from chassis import clock
from chassis.config import current
from chassis.errors import Unavailable
from chassis.logs import get_logger
from fakts_server.adapters import keystore
from fakts_server.config import FaktsConfig
from fakts_server.models.credential import SigningKey
from fakts_server.selectors.signing_key import signing_key_active

logger = get_logger(__name__)

# Far below the announcement time, so that every process signs with the new key soon after it.
_LOOK_AGAIN_SECONDS = 10.0
_active: tuple[float, str] | None = None


def sign(claims: dict[str, Any], kind: str = "at+jwt") -> str:
    """Return the claims as a token of a kind (its `typ`), signed with the active key."""
    global _active  # noqa: PLW0603 - a cache of one entry
    state_dir = current(FaktsConfig).state_dir
    if _active is None or time.monotonic() - _active[0] > _LOOK_AGAIN_SECONDS:
        key = signing_key_active(clock.now())
        if key is None:
            raise Unavailable("There is no signing key yet; the service is still starting.")
        _active = (time.monotonic(), key.kid)
    return keystore.sign(state_dir, _active[1], claims, kind)


def forget_active_key() -> None:
    """Look the active key up again at the next signature."""
    global _active  # noqa: PLW0603 - a cache of one entry
    _active = None


def signing_key_ensure() -> SigningKey:
    """Make the first key where there is none this installation can sign with."""
    state_dir = current(FaktsConfig).state_dir
    now = clock.now()
    key = signing_key_active(now)
    if key is not None and keystore.has_key(state_dir, key.kid):
        return key
    return _create(announce=timedelta(0))


def signing_key_rotate() -> SigningKey:
    """Announce a new key; it signs after the announcement and the old ones only verify."""
    return _create(announce=timedelta(seconds=current(FaktsConfig).signing_key_announce_seconds))


def signing_key_renew() -> SigningKey | None:
    """Announce a new key when the newest one is old enough; return it."""
    longest = timedelta(days=current(FaktsConfig).signing_key_days)
    newest = SigningKey.objects.order_by("-active_from", "-pk").first()
    if not longest or newest is None or clock.now() - newest.active_from < longest:
        return None
    return signing_key_rotate()


def signing_keys_retire() -> int:
    """Forget keys all of whose tokens have expired; return how many."""
    config = current(FaktsConfig)
    now = clock.now()
    active = signing_key_active(now)
    if active is None:
        return 0
    alive = timedelta(seconds=config.access_token_seconds + config.tokens.leeway_seconds)
    if now < active.active_from + alive + timedelta(seconds=_LOOK_AGAIN_SECONDS):
        return 0
    with transaction.atomic():
        old = SigningKey.objects.filter(active_from__lt=active.active_from)
        kids = list(old.values_list("kid", flat=True))
        old.delete()
    for kid in kids:
        keystore.forget_key(config.state_dir, kid)
    return len(kids)


def _create(*, announce: timedelta) -> SigningKey:
    kid, public = keystore.create_key(current(FaktsConfig).state_dir)
    now = clock.now()
    key = SigningKey.objects.create(kid=kid, public_jwk=public, active_from=now + announce)
    forget_active_key()
    logger.info("made a signing key", extra={"event": "signing_key.created", "kid": kid})
    return key
