"""Which key signs, and which keys services should accept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fakts_server.models.credential import SigningKey


def signing_key_active(now: datetime) -> SigningKey | None:
    """Return the newest key whose announcement is over."""
    return SigningKey.objects.filter(active_from__lte=now).order_by("-active_from", "-pk").first()


def public_keys() -> list[dict[str, Any]]:
    """Return the public halves of all keys that sign or have signed tokens still alive."""
    keys = SigningKey.objects.order_by("-active_from", "-pk")
    return list(keys.values_list("public_jwk", flat=True))
