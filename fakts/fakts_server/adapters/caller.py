"""Where the request being served came from, for the audit trail."""

from __future__ import annotations

from chassis.asgi import peer
from chassis.config import current
from fakts_server.config import FaktsConfig
from fakts_server.domain.origin import caller_address


def address() -> str:
    """Return the caller's network address; outside of a request `local`."""
    forwarded, direct = peer.get()
    return caller_address(forwarded, direct, current(FaktsConfig).trusted_proxies)
