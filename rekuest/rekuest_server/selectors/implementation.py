"""Reads of implementations."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from chassis.identity import Principal
from rekuest_server.models import Implementation
from rekuest_server.selectors.scope import row_id, visible


def implementations_visible_to(principal: Principal) -> QuerySet[Implementation]:
    """Return the declared implementations of the principal's organization."""
    rows = Implementation.objects.filter(retired_at=None).order_by("interface", "pk")
    return visible(principal, "implementation.read", rows, path="agent__organization")


def implementation_get(
    *, principal: Principal, implementation_id: object
) -> QuerySet[Implementation]:
    """Return the implementation of an id, also one its agent no longer declares."""
    rows = Implementation.objects.filter(pk=row_id(implementation_id))
    return visible(principal, "implementation.read", rows, path="agent__organization")


def implementation_at(
    *,
    principal: Principal,
    agent: object,
    interface: str | None = None,
    action_hash: str | None = None,
    demand: Q | None = None,
) -> QuerySet[Implementation]:
    """Return what an agent offers at an interface, or for an action."""
    rows = implementations_visible_to(principal).filter(agent=row_id(agent))
    return _narrowed(rows, interface=interface, action_hash=action_hash, demand=demand)


def my_implementation_at(
    *, principal: Principal, interface: str | None = None, action_id: object = None
) -> QuerySet[Implementation]:
    """Return what the caller's own agent offers at an interface, or for an action."""
    rows = implementations_visible_to(principal).filter(
        agent__client__client_id=principal.client, agent__user__sub=principal.subject
    )
    if interface is None and action_id is not None:
        return rows.filter(action=row_id(action_id))
    return _narrowed(rows, interface=interface)


def _narrowed(
    rows: QuerySet[Implementation],
    *,
    interface: str | None = None,
    action_hash: str | None = None,
    demand: Q | None = None,
) -> QuerySet[Implementation]:
    if interface is not None:
        return rows.filter(interface=interface)
    if action_hash is not None:
        return rows.filter(action__hash=action_hash)
    return rows.none() if demand is None else rows.filter(demand)
