"""Shelves and drawers: values that agents keep in memory for others to refer to."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet

from chassis.definitions.graphql.scalars import Identifier
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, column, visible_rows
from chassis.graphql.inputs import maybe
from rekuest_server import models
from rekuest_server.operations import drawer as drawer_operations
from rekuest_server.selectors import kept
from rekuest_server.selectors.scope import row_ids


@strawberry_django.filter_type(models.Drawer, description="Narrows a list of drawers.")
class MemoryDrawerFilter:
    """Every condition that is given must hold."""

    identifier: str | None = strawberry_django.filter_field(
        description="By the structure they are of."
    )

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="Text in the label.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the label."""
        return Q(**{f"{prefix}label__icontains": value})

    @strawberry_django.filter_field(description="By the agent that keeps them.")
    def agent(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the agent."""
        return Q(**{f"{prefix}agent__in": row_ids([value])})


@strawberry.type(description="The values an agent keeps in memory.")
class MemoryShelve:
    """Every agent has one; it goes by the id of the agent."""

    id: strawberry.ID = strawberry.field(description="The id of the agent.")


@strawberry_django.type(models.Drawer, description="A value an agent keeps in memory.")
class MemoryDrawer:
    """Known by the id its agent gave it."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    resource_id: str = strawberry_django.field(description="What its agent calls it.")
    identifier: str = strawberry_django.field(description="The structure it is of.")
    description: str | None = strawberry_django.field(description="What it is.")
    created_at: datetime = strawberry_django.field(description="When it was shelved.")

    @column("label", "identifier", description="The name people see.")
    def label(self: models.Drawer) -> str:
        """Return the label, or what it is of."""
        return self.label or self.identifier

    @column("agent_id", description="The shelf it is on.")
    def shelve(self: models.Drawer) -> MemoryShelve:
        """Every agent has one shelf."""
        return MemoryShelve(id=strawberry.ID(str(self.agent_id)))

    @column("collected_at", description="When its agent was told to drop it.")
    def collected_at(self: models.Drawer) -> datetime | None:
        """Return the moment."""
        return self.collected_at


@strawberry.input(description="A value to be put into a drawer.")
class ShelveInMemoryDrawerInput:
    """What it is, and what its agent calls it."""

    identifier: Identifier = strawberry.field(description="The structure it is of.")
    resource_id: str = strawberry.field(description="What its agent calls it.")
    label: str | None = maybe("The name people see.")
    description: str | None = maybe("What it is.")


@strawberry.input(description="A drawer to be emptied.")
class UnshelveMemoryDrawerInput:
    """A drawer."""

    id: str = strawberry.field(description="Its id, or what its agent calls it.")


@strawberry.input(description="Drawers whose values nobody needs any more.")
class CollectInput:
    """Several drawers."""

    drawers: list[strawberry.ID] = strawberry.field(
        description="Their ids, or what their agents call them."
    )


@strawberry.type
class Query:
    """Root fields of drawers."""

    memory_drawers: list[MemoryDrawer] = visible_rows(
        kept.drawers_visible_to,
        filters=MemoryDrawerFilter,
        description="What the agents of the organization keep in memory.",
    )

    @strawberry_django.field(
        graphql_type=MemoryDrawer | None, extensions=[Found()], description="One drawer."
    )
    def memory_drawer(self, info: Info, id: strawberry.ID) -> QuerySet[models.Drawer]:
        """Return the drawer."""
        return kept.one(kept.drawers_visible_to(principal_of(info)), id)


@strawberry.type
class Mutation:
    """Root fields of drawers."""

    @strawberry.mutation(
        graphql_type=MemoryDrawer, description="Note a value that the caller's own agent keeps."
    )
    async def shelve_in_memory_drawer(
        self, info: Info, input: ShelveInMemoryDrawerInput
    ) -> models.Drawer:
        """Keep the drawer."""
        wish = drawer_operations.ShelveWish(
            identifier=input.identifier,
            resource_id=input.resource_id,
            label=input.label,
            description=input.description,
        )
        return await drawer_operations.drawer_shelve(principal=principal_of(info), wish=wish)

    @strawberry.mutation(description="Forget a drawer of the caller's own agent.")
    async def unshelve_memory_drawer(
        self, info: Info, input: UnshelveMemoryDrawerInput
    ) -> strawberry.ID:
        """Return the id it had."""
        return strawberry.ID(
            await drawer_operations.drawer_unshelve(principal=principal_of(info), drawer=input.id)
        )

    @strawberry.mutation(description="Tell agents to drop values; returns the drawers found.")
    async def collect(self, info: Info, input: CollectInput) -> list[str]:
        """Tell the agents, again at every connection until they did."""
        return await drawer_operations.drawers_collect(
            principal=principal_of(info), drawers=input.drawers
        )
