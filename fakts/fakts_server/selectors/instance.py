"""What an organization can offer to apps."""

from __future__ import annotations

from fakts_server.domain.requirement import Match, Offer, Requirement, resolve
from fakts_server.models.instance import ServiceInstance
from fakts_server.models.organization import Hub, Organization


def default_hub(organization: Organization) -> Hub:
    """Return the hub apps are wired to when nobody chooses another."""
    return Hub.objects.filter(organization=organization).order_by("pk")[:1].get()


def offers_of(hub: Hub) -> list[Offer]:
    """Return the instances of a hub."""
    rows = ServiceInstance.objects.filter(hub=hub).values_list(
        "pk", "identifier", "release__service__identifier", "is_default"
    )
    return [Offer(*row) for row in rows]


def matches_for(hub: Hub, requirements: list[Requirement]) -> list[Match]:
    """Pair requirements with the instances of a hub."""
    return resolve(requirements, offers_of(hub))
