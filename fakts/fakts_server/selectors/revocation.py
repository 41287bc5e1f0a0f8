"""Clients that were removed or blocked a short while ago."""

from __future__ import annotations

from datetime import timedelta

from chassis import clock
from chassis.config import current
from fakts_server.config import FaktsConfig
from fakts_server.models.credential import Revocation

#: As long as the configuration of services lets a grant for the object store last at most.
_LONGEST_GRANT = timedelta(hours=12)


def revocations_alive() -> dict[str, int]:
    """Return the least generation of a client's tokens that counts, for those let go of late.

    Left out are those so old that all tokens of the client, and grants for the object store that
    were made by them, have expired by themselves.
    """
    config = current(FaktsConfig)
    token = timedelta(seconds=config.access_token_seconds + config.tokens.leeway_seconds)
    # A grant may be made by a token in its last second.
    longest = token + _LONGEST_GRANT
    rows = Revocation.objects.filter(revoked_at__gt=clock.now() - longest)
    return dict(rows.values_list("client_id", "generation"))
