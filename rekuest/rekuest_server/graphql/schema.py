"""The whole schema: the list of the noun files."""

from __future__ import annotations

import strawberry

from chassis.background import graphql as background
from chassis.config import current
from chassis.definitions.graphql import port, scalars, widget
from chassis.graphql import build_schema
from rekuest_server.config import RekuestConfig
from rekuest_server.graphql import (
    action,
    agent,
    agent_admin,
    assign,
    blok,
    blok_edit,
    catalog,
    checkout,
    dashboard,
    dead_letter,
    declaration,
    drawer,
    feed,
    implementation,
    media,
    plans,
    resolution,
    run_policy,
    shortcut,
    state,
    task,
    trial,
    watching,
)

_QUERIES = (
    action,
    agent,
    background,
    blok,
    catalog,
    checkout,
    dashboard,
    dead_letter,
    drawer,
    implementation,
    media,
    resolution,
    run_policy,
    shortcut,
    state,
    task,
    trial,
)
_MUTATIONS = (
    agent_admin,
    assign,
    background,
    blok_edit,
    catalog,
    dashboard,
    dead_letter,
    declaration,
    drawer,
    media,
    resolution,
    run_policy,
    shortcut,
    trial,
)


def _root(name: str, description: str, bases: tuple[type, ...]) -> type:
    return strawberry.type(type(name, bases, {}), description=description)


schema = build_schema(
    query=_root(
        "Query",
        "What can be read.",
        tuple(noun.Query for noun in _QUERIES),
    ),
    mutation=_root(
        "Mutation",
        "What can be changed.",
        tuple(noun.Mutation for noun in _MUTATIONS),
    ),
    subscription=_root(
        "Subscription", "What can be followed.", (feed.Subscription, watching.Subscription)
    ),
    # Members of interfaces, which no field names.
    types=[*widget.MEMBERS, *port.EFFECTS],
    scalars=scalars.SCALARS,
    limits=current(RekuestConfig).limits,
    plans=plans.PLANS,
)
