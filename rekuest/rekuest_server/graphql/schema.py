"""The whole schema: the list of the noun files."""

from __future__ import annotations

import strawberry

from chassis.config import current
from chassis.definitions.graphql import port, scalars, widget
from chassis.graphql import build_schema
from rekuest_server.config import RekuestConfig
from rekuest_server.graphql import (
    action,
    agent,
    assign,
    blok,
    catalog,
    checkout,
    dashboard,
    declaration,
    drawer,
    feed,
    implementation,
    media,
    plans,
    shortcut,
    state,
    task,
    trial,
)

# What is kept comes first, then what the clients know and this server does not keep yet.
_QUERIES = (action, agent, checkout, implementation, state, task)
_QUERIES_UNBUILT = (blok, catalog, dashboard, declaration, media, shortcut, trial)
_MUTATIONS_UNBUILT = (blok, catalog, dashboard, declaration, drawer, media, shortcut, trial)


def _root(name: str, description: str, bases: tuple[type, ...]) -> type:
    return strawberry.type(type(name, bases, {}), description=description)


schema = build_schema(
    query=_root(
        "Query",
        "What can be read.",
        tuple(noun.Query for noun in (*_QUERIES, *_QUERIES_UNBUILT)),
    ),
    mutation=_root(
        "Mutation",
        "What can be changed.",
        (assign.Mutation, *(noun.Mutation for noun in _MUTATIONS_UNBUILT)),
    ),
    subscription=_root("Subscription", "What can be followed.", (feed.Subscription,)),
    # Members of interfaces, which no field names.
    types=[*widget.MEMBERS, *port.EFFECTS],
    scalars=scalars.SCALARS,
    limits=current(RekuestConfig).limits,
    plans=plans.PLANS,
)
