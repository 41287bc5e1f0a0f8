"""The whole schema: the list of the noun files."""

from __future__ import annotations

import strawberry

from chassis.config import current
from chassis.graphql import build_schema
from fakts_server.config import FaktsConfig
from fakts_server.graphql import (
    app,
    group,
    instance,
    mandate,
    media,
    person,
    scalars,
    scope,
    service,
)


@strawberry.type(description="What can be read.")
class Query(app.Query, group.Query, mandate.Query, person.Query, scope.Query, service.Query):
    """All queries."""


@strawberry.type(description="What can be changed.")
class Mutation(
    group.Mutation, instance.Mutation, mandate.Mutation, media.Mutation, person.Mutation
):
    """All mutations."""


schema = build_schema(
    query=Query,
    mutation=Mutation,
    scalars=scalars.SCALARS,
    limits=current(FaktsConfig).limits,
)
