"""Reads of leases: what of a resource is taken."""

from __future__ import annotations

from kabinet_server.domain.kinds import LeaseMode
from kabinet_server.domain.leases import Held
from kabinet_server.models import Lease, Resource


def held_of(resource: Resource) -> list[Held]:
    """Return the live leases of a resource as values."""
    return [
        Held(
            kind=row.kind,
            device=row.device,
            mode=None if row.mode is None else LeaseMode(row.mode),
            amount=row.amount,
        )
        for row in Lease.objects.filter(resource=resource, released_at=None).order_by("pk")
    ]
