"""The whole schema: the list of the noun files."""

from __future__ import annotations

import strawberry

from chassis.background import graphql as background
from chassis.config import current
from chassis.graphql import build_schema
from fakts_server.config import FaktsConfig
from fakts_server.graphql import (
    app,
    approval,
    group,
    hub,
    installed,
    instance,
    invite,
    mandate,
    media,
    membership,
    organization,
    person,
    scalars,
    scope,
    service,
    setting,
    web_app,
)


@strawberry.type(description="What can be read.")
class Query(
    app.Query,
    approval.Query,
    background.Query,
    group.Query,
    hub.Query,
    installed.Query,
    invite.Query,
    mandate.Query,
    membership.Query,
    organization.Query,
    person.Query,
    scope.Query,
    service.Query,
    setting.Query,
    web_app.Query,
):
    """All queries."""


@strawberry.type(description="What can be changed.")
class Mutation(
    approval.Mutation,
    background.Mutation,
    group.Mutation,
    hub.Mutation,
    installed.Mutation,
    instance.Mutation,
    invite.Mutation,
    mandate.Mutation,
    media.Mutation,
    membership.Mutation,
    person.Mutation,
    setting.Mutation,
    web_app.Mutation,
):
    """All mutations."""


schema = build_schema(
    query=Query,
    mutation=Mutation,
    scalars=scalars.SCALARS,
    limits=current(FaktsConfig).limits,
)
