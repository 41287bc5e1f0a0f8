"""The whole schema: the list of the noun files."""

from __future__ import annotations

import strawberry

from chassis.config import current
from chassis.graphql import build_schema
from rekuest_server.config import RekuestConfig
from rekuest_server.graphql import (
    action,
    agent,
    assign,
    checkout,
    drawer,
    feed,
    implementation,
    media,
    port,
    scalars,
    shortcut,
    state,
    task,
    trial,
    widget,
)


@strawberry.type(description="What can be read.")
class Query(
    action.Query,
    agent.Query,
    checkout.Query,
    implementation.Query,
    media.Query,
    shortcut.Query,
    state.Query,
    task.Query,
    trial.Query,
):
    """All queries."""


@strawberry.type(description="What can be changed.")
class Mutation(assign.Mutation, drawer.Mutation, media.Mutation, shortcut.Mutation, trial.Mutation):
    """All mutations."""


@strawberry.type(description="What can be followed.")
class Subscription(feed.Subscription):
    """All subscriptions."""


schema = build_schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    # Members of interfaces, which no field names.
    types=[*widget.MEMBERS, *port.EFFECTS],
    scalars=scalars.SCALARS,
    limits=current(RekuestConfig).limits,
)
