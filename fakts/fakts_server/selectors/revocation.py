"""Clients that were removed or blocked a short while ago."""

from __future__ import annotations

from datetime import timedelta

from chassis import clock
from chassis.config import current
from fakts_server.config import FaktsConfig
from fakts_server.models.credential import Revocation


def revocations_alive() -> dict[str, int]:
    """Return the least generation of a client's tokens that counts, for those let go of late.

    Left out are those so old that every token of the client has expired by itself.
    """
    config = current(FaktsConfig)
    longest = timedelta(seconds=config.access_token_seconds + config.tokens.leeway_seconds)
    rows = Revocation.objects.filter(revoked_at__gt=clock.now() - longest)
    return dict(rows.values_list("client_id", "generation"))
