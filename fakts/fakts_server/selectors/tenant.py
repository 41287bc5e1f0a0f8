"""The organization a principal is scoped by."""

from __future__ import annotations

from chassis.errors import NotFound
from chassis.identity.principal import Principal


def tenant_of(principal: Principal) -> int:
    """Return the key of the organization; our own tokens always carry a number."""
    if not principal.organization.isdecimal():
        raise NotFound()
    return int(principal.organization)
