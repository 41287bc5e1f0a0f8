"""Reads about the caller."""

from __future__ import annotations

from chassis.identity.principal import Principal
from chassis.permissions import authorize
from kabinet_server.policy import caller as _rules  # noqa: F401  # registers the rule


def caller_get(*, principal: Principal | None) -> Principal:
    """Return the caller as this service sees it."""
    return authorize(principal, "caller.read")
