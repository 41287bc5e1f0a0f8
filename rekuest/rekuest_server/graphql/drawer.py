"""Shelves and drawers: values that agents keep in memory for others to refer to.

Agents handle their drawers over the socket; the mutations here are not offered yet.
"""

from __future__ import annotations

import strawberry

from chassis.definitions.graphql.scalars import Identifier
from chassis.graphql import Info, principal_of
from rekuest_server.selectors import unbuilt


@strawberry.type(description="The values an agent keeps in memory.")
class MemoryShelve:
    """Every agent has one; it goes by the id of the agent."""

    id: strawberry.ID = strawberry.field(description="The id of the agent.")


@strawberry.type(description="A value an agent keeps in memory.")
class MemoryDrawer:
    """Known by the id its agent gave it."""

    id: strawberry.ID = strawberry.field(description="The id of the row.")
    resource_id: str = strawberry.field(description="What its agent calls it.")
    identifier: str = strawberry.field(description="The structure it is of.")
    label: str = strawberry.field(description="The name people see.")
    description: str | None = strawberry.field(description="What it is.")


@strawberry.input(description="A value to be put into a drawer.")
class ShelveInMemoryDrawerInput:
    """What it is, and what its agent calls it."""

    identifier: Identifier = strawberry.field(description="The structure it is of.")
    resource_id: str = strawberry.field(description="What its agent calls it.")
    label: str | None = strawberry.field(default=None, description="The name people see.")
    description: str | None = strawberry.field(default=None, description="What it is.")


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
class Mutation:
    """Root fields of drawers."""

    @strawberry.mutation(description="Put a value into a drawer; not offered yet.")
    def shelve_in_memory_drawer(self, info: Info, input: ShelveInMemoryDrawerInput) -> MemoryDrawer:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "drawers")

    @strawberry.mutation(description="Empty a drawer; not offered yet.")
    def unshelve_memory_drawer(self, info: Info, input: UnshelveMemoryDrawerInput) -> strawberry.ID:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "drawers")

    @strawberry.mutation(description="Let agents forget values; not offered yet.")
    def collect(self, info: Info, input: CollectInput) -> list[str]:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "drawers")
