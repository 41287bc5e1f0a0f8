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
    feed,
    implementation,
    port,
    scalars,
    state,
    task,
    widget,
)


@strawberry.type(description="What can be read.")
class Query(
    action.Query, agent.Query, implementation.Query, state.Query, task.Query, checkout.Query
):
    """All queries."""


@strawberry.type(description="What can be changed.")
class Mutation(assign.Mutation):
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
