"""States that agents publish: types and root fields."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import QuerySet

from chassis.definitions import demand as demands
from chassis.definitions.graphql.demand import StateDemandInput
from chassis.definitions.graphql.documents import read_all
from chassis.definitions.graphql.port import ReturnPort
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, column
from chassis.graphql.inputs import plain
from rekuest_server import models
from rekuest_server.selectors import state as state_selectors

if TYPE_CHECKING:
    from rekuest_server.graphql.agent import Agent

LazyAgent = Annotated["Agent", strawberry.lazy("rekuest_server.graphql.agent")]


@strawberry_django.type(models.StateDefinition, description="The shape of a state.")
class StateDefinition:
    """Shared by all agents that declare the same one."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    hash: str = strawberry_django.field(description="The hash of its name and ports.")
    name: str = strawberry_django.field(description="The name people see.")

    @column("ports", description="What it is made of.")
    def ports(self: models.StateDefinition) -> list[ReturnPort]:
        """Return the declared ports."""
        return read_all(ReturnPort, self.ports)


@strawberry_django.type(models.State, description="A value that an agent publishes.")
class State:
    """Known by its interface on the agent."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row; it is stable.")
    definition: StateDefinition = strawberry_django.field(description="Its shape.")
    agent: LazyAgent = strawberry_django.field(description="Who publishes it.")
    interface: str = strawberry_django.field(description="Its name in the agent.")
    key: str | None = strawberry_django.field(description="The name demands look for.")
    app_identifier: str | None = strawberry_django.field(description="The app that provides it.")
    created_at: datetime = strawberry_django.field(description="When it was declared first.")
    updated_at: datetime = strawberry_django.field(description="When the row changed last.")


@strawberry.type
class Query:
    """Root fields of states."""

    @strawberry_django.field(
        graphql_type=State | None, extensions=[Found()], description="One state."
    )
    def state(self, info: Info, id: strawberry.ID) -> QuerySet[models.State]:
        """Return the state."""
        return state_selectors.state_get(principal=principal_of(info), state_id=id)

    @strawberry_django.field(
        graphql_type=State | None,
        extensions=[Found()],
        description="The state of an agent that meets a demand.",
    )
    def state_for(
        self,
        info: Info,
        agent: strawberry.ID,
        state_hash: str | None = None,
        demand: StateDemandInput | None = None,
    ) -> QuerySet[models.State]:
        """Return the state."""
        wanted = plain(demand) if demand else {"hash": state_hash}
        return state_selectors.state_for(
            principal=principal_of(info), agent=agent, condition=demands.state_demand(wanted)
        )
