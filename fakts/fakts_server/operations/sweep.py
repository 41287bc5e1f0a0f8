"""Forgetting what has no use any more."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from chassis import clock
from chassis.logs import get_logger
from fakts_server.models.browser_session import BrowserSession
from fakts_server.models.credential import (
    AuthorizationCode,
    DeviceCode,
    FailureCount,
    RefreshToken,
    Revocation,
    SetupLink,
)
from fakts_server.operations.signing_key import signing_key_renew, signing_keys_retire

logger = get_logger(__name__)

# Kept a while after they end, so that a late client hears "expired" and not "unknown".
_CODES_KEPT = timedelta(hours=1)
_TOKENS_KEPT = timedelta(days=1)
_REVOCATIONS_KEPT = timedelta(days=2)
_LINKS_KEPT = timedelta(days=30)
_FAILURES_KEPT = timedelta(days=1)


def expired_sweep() -> dict[str, int]:
    """Delete what has expired; return how many rows of each kind went."""
    now = clock.now()
    dead = now - _TOKENS_KEPT
    gone = {
        "device_codes": DeviceCode.objects.filter(expires_at__lt=now - _CODES_KEPT),
        "authorization_codes": AuthorizationCode.objects.filter(expires_at__lt=dead),
        "refresh_tokens": RefreshToken.objects.filter(
            Q(expires_at__lt=dead) | Q(used_at__lt=dead) | Q(revoked_at__lt=dead)
        ),
        "setup_links": SetupLink.objects.filter(expires_at__lt=now - _LINKS_KEPT),
        "failure_counts": FailureCount.objects.filter(window_started_at__lt=now - _FAILURES_KEPT),
        # Longer than any token lives.
        "revocations": Revocation.objects.filter(revoked_at__lt=now - _REVOCATIONS_KEPT),
        "browser_sessions": BrowserSession.objects.filter(expire_date__lt=now),
    }
    counts = {kind: rows.delete()[0] for kind, rows in gone.items()}
    counts["signing_keys"] = signing_keys_retire()
    signing_key_renew()
    if any(counts.values()):
        logger.info("swept what has expired", extra={"event": "expired.swept", **counts})
    return counts
