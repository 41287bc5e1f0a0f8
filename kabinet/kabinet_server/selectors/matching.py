"""Holds flavours of the store against the resources of backends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from chassis.errors import InvalidInput, NotFound
from chassis.identity import Principal
from kabinet_server.domain import matching
from kabinet_server.domain.capabilities import missing
from kabinet_server.domain.facts import Facts, facts_of
from kabinet_server.domain.leases import Held, allocate, demand_of, free_share
from kabinet_server.models import Flavour, Resource
from kabinet_server.selectors import rows
from kabinet_server.selectors.lease import held_of
from kabinet_server.selectors.liveness import is_online
from kabinet_server.selectors.scope import by_id, one


@dataclass(frozen=True, slots=True)
class Match:
    """A placement with the rows behind it."""

    placement: matching.Placement
    flavours: dict[int, Flavour]
    resources: dict[int, Resource]


def match(
    *,
    principal: Principal,
    release_id: object | None = None,
    definition_id: object | None = None,
    definition_hash: str | None = None,
    flavour_id: object | None = None,
    backend_id: object | None = None,
) -> Match:
    """Return which flavours fit which resources, the best first; exactly one thing is asked for."""
    flavours = _flavours(principal, release_id, definition_id, definition_hash, flavour_id)
    resources = rows.resources_visible_to(principal).select_related("backend")
    if backend_id is not None:
        backend = one(rows.backends_visible_to(principal), backend_id)
        resources = resources.filter(backend=backend)
    return place(list(flavours.select_related("release__app")), list(resources))


def _flavours(
    principal: Principal,
    release_id: object | None,
    definition_id: object | None,
    definition_hash: str | None,
    flavour_id: object | None,
) -> QuerySet[Flavour]:
    named = (release_id, definition_id, definition_hash, flavour_id)
    if sum(value is not None for value in named) != 1:
        raise InvalidInput(
            "Ask for exactly one of release, definition, hash and flavour.", field="release"
        )
    offered = rows.flavours_visible_to(principal)
    if flavour_id is not None:
        found = by_id(rows.all_flavours_visible_to(principal), flavour_id)
        if not found.exists():
            raise NotFound()
        return found
    if release_id is not None:
        release = one(rows.releases_visible_to(principal), release_id)
        return offered.filter(release=release)
    definition = rows.definition_get(
        principal=principal, definition_id=definition_id, hash=definition_hash
    ).first()
    if definition is None:
        raise NotFound()
    return offered.filter(offers__definition=definition)


def place(flavours: Sequence[Flavour], resources: Sequence[Resource]) -> Match:
    """Hold flavours against resources; what is leased or silent does not fit."""
    placement = matching.match_flavours(
        [_flavour_facts(one) for one in flavours],
        [_resource_facts(one, flavours) for one in resources],
    )
    return Match(
        placement,
        {one.pk: one for one in flavours},
        {one.pk: one for one in resources},
    )


def _flavour_facts(flavour: Flavour) -> matching.FlavourFacts:
    return matching.FlavourFacts(
        id=flavour.pk,
        name=flavour.name,
        selectors=flavour.selectors,
        platforms=flavour.platforms,
        version=flavour.release.version,
        is_channel=flavour.release.channel is not None,
    )


def _resource_facts(resource: Resource, flavours: Iterable[Flavour]) -> matching.ResourceFacts:
    facts, held = facts_of(resource.qualifiers), held_of(resource)
    silent = None if is_online(resource.backend) else f"{resource.backend.name}: not online"
    refusals = {}
    for flavour in flavours:
        reason = silent or _refusal(flavour, facts, held)
        if reason is not None:
            refusals[flavour.pk] = reason
    return matching.ResourceFacts(
        id=resource.pk, facts=facts, free=free_share(facts, held), refusals=refusals
    )


def _refusal(flavour: Flavour, facts: Facts, held: Sequence[Held]) -> str | None:
    """Return why a resource with the right hardware cannot take a flavour now."""
    unmet = missing(flavour.capabilities, facts)
    if unmet:
        return "; ".join(unmet)
    if not matching.match_selectors(flavour.selectors, facts).fits:
        return None  # the selectors say more
    problem = allocate(demand_of(flavour.selectors, facts), facts, held).problem
    return None if problem is None else f"in use: {problem}"
