"""What an organization can offer to apps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q

from chassis.config import current
from chassis.errors import InvalidInput, NotFound
from fakts_server.config import FaktsConfig
from fakts_server.domain.requirement import Match, Offer, Requirement, best_of, resolve
from fakts_server.models.instance import ServiceInstance
from fakts_server.models.organization import Hub, Membership, Organization, Scope
from fakts_server.selectors.scope import row_id
from fakts_server.selectors.strategy import strategy_of


def default_hub(organization: Organization) -> Hub:
    """Return the hub apps are wired to when nobody chooses another."""
    return Hub.objects.filter(organization=organization).order_by("pk")[:1].get()


def hubs_of(organization: Organization) -> list[Hub]:
    """Return the hubs of an organization, the default one first."""
    return list(Hub.objects.filter(organization=organization).order_by("pk"))


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


def usable_by(user_id: int) -> Q:
    """Return the condition of instances a person may use: never denied, and allowed if some are."""
    is_denied = Q(denied_users=user_id) | Q(denied_groups__users=user_id)
    is_open = Q(allowed_users__isnull=True, allowed_groups__isnull=True)
    is_allowed = Q(allowed_users=user_id) | Q(allowed_groups__users=user_id)
    rows = ServiceInstance.objects
    return ~Q(pk__in=rows.filter(is_denied).values("pk")) & Q(
        pk__in=rows.filter(is_open | is_allowed).values("pk")
    )


def offers_of(hub: Hub, user_id: int) -> list[Offer]:
    """Return the instances of a hub a person may use."""
    rows = ServiceInstance.objects.filter(usable_by(user_id), hub=hub).values_list(
        *("pk", "identifier", "release__service__identifier", "is_default"),
        *("provides", "release__version"),
    )
    return [
        Offer(pk, identifier, service, is_default, frozenset(provides), version)
        for pk, identifier, service, is_default, provides, version in rows
    ]


def usable_instance(membership: Membership, instance: object) -> int:
    """Return the row of an instance a member may use, by its id as a caller sent it."""
    rows = ServiceInstance.objects.filter(
        usable_by(membership.user_id), hub__organization=membership.organization_id
    )
    try:
        return rows.values_list("pk", flat=True).get(pk=row_id(instance))
    except (ServiceInstance.DoesNotExist, NotFound):
        raise InvalidInput("There is no such instance for you.", field="choices") from None


def answers_of(
    membership: Membership,
    requirements: list[Requirement],
    hubs: Iterable[Hub],
    choices: Mapping[str, int] | None = None,
) -> list[list[Match]]:
    """Return by which instances each of some hubs would answer a member's app."""
    version = strategy_of(membership.organization_id).platform_version
    return [
        resolve(requirements, offers_of(hub, membership.user_id), choices=choices, version=version)
        for hub in hubs
    ]


def composition_for(
    membership: Membership,
    requirements: list[Requirement],
    *,
    hub: Hub | None = None,
    choices: Mapping[str, int] | None = None,
) -> tuple[Hub, list[Match]]:
    """Return the hub that answers a member's app, and by which instances.

    The hub a person chose; else, of all there are, the one that misses least of what the manifest
    asks for, so that an app that needs `cuda` comes to where it is.
    """
    hubs = [hub] if hub is not None else hubs_of(membership.organization)
    answers = answers_of(membership, requirements, hubs, choices)
    best = best_of(answers, choices)
    return hubs[best], answers[best]
