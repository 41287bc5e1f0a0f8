"""Reads of the states agents publish."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from chassis.identity import Principal
from rekuest_server.models import State
from rekuest_server.selectors.scope import row_id, visible


def states_visible_to(principal: Principal) -> QuerySet[State]:
    """Return the declared states of the principal's organization."""
    rows = State.objects.filter(retired_at=None).order_by("interface", "pk")
    return visible(principal, "state.read", rows, path="agent__organization")


def state_get(*, principal: Principal, state_id: object) -> QuerySet[State]:
    """Return the state of an id."""
    rows = State.objects.filter(pk=row_id(state_id))
    return visible(principal, "state.read", rows, path="agent__organization")


def state_for(*, principal: Principal, agent: object, condition: Q) -> QuerySet[State]:
    """Return the states of an agent that meet a condition."""
    return states_visible_to(principal).filter(condition, agent=row_id(agent))
