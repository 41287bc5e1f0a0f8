"""What an organization can offer to apps."""

from __future__ import annotations

from chassis.config import current
from chassis.errors import NotFound
from fakts_server.config import FaktsConfig
from fakts_server.domain.requirement import Match, Offer, Requirement, resolve
from fakts_server.models.instance import ServiceInstance
from fakts_server.models.organization import Hub, Organization, Scope
from fakts_server.selectors.scope import row_id


def default_hub(organization: Organization) -> Hub:
    """Return the hub apps are wired to when nobody chooses another."""
    return Hub.objects.filter(organization=organization).order_by("pk")[:1].get()


def hub_or_default(organization: Organization, hub: object | None) -> Hub:
    """Return a hub of an organization by its id, or the default one for None."""
    if hub is None:
        return default_hub(organization)
    found = Hub.objects.filter(organization=organization, pk=row_id(hub)).first()
    if found is None:
        raise NotFound("There is no such hub.", field="hub")
    return found


def known_scopes(organization: Organization) -> dict[str, str]:
    """Return what apps can be granted in an organization, and what people read about it.

    The configured scopes, and those its services declared.
    """
    declared = Scope.objects.filter(organization=organization).order_by("identifier")
    texts = dict(declared.values_list("identifier", "description"))
    return {**texts, **current(FaktsConfig).scopes}


def offers_of(hub: Hub) -> list[Offer]:
    """Return the instances of a hub."""
    rows = ServiceInstance.objects.filter(hub=hub).values_list(
        "pk", "identifier", "release__service__identifier", "is_default"
    )
    return [Offer(*row) for row in rows]


def matches_for(hub: Hub, requirements: list[Requirement]) -> list[Match]:
    """Pair requirements with the instances of a hub."""
    return resolve(requirements, offers_of(hub))
