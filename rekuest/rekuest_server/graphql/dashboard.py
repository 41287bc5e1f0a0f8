"""Dashboards and spaces: where bloks and agents are placed. The server keeps none yet."""

from __future__ import annotations

import strawberry

from chassis.graphql import Info, principal_of
from chassis.graphql.inputs import listing, maybe
from rekuest_server.selectors import unbuilt


@strawberry.type(description="A page of bloks.")
class Dashboard:
    """Known by its name."""

    id: strawberry.ID = strawberry.field(description="The id of the row.")
    name: str | None = strawberry.field(description="The name people see.")


@strawberry.type(description="A room in which agents are placed.")
class Space:
    """Known by its name."""

    id: strawberry.ID = strawberry.field(description="The id of the row.")
    name: str = strawberry.field(description="The name people see.")


@strawberry.input(description="A dashboard to be made.")
class CreateDashboardInput:
    """A name and bloks."""

    name: str = strawberry.field(description="The name people see.")
    bloks: list[str] = listing("The bloks on it.")


@strawberry.input(description="Where an agent stands in a space.")
class PlacementInput:
    """An agent and a place."""

    role: str | None = maybe("What it is there for.")
    affine_matrix: list[list[float]] | None = maybe("Where it stands.")
    agent: strawberry.ID | None = maybe("The agent.")
    blok: strawberry.ID | None = maybe("The blok that shows its state.")


@strawberry.input(description="A space to be made.")
class CreateSpaceInput:
    """A name and placements."""

    name: str = strawberry.field(description="The name people see.")
    placements: list[PlacementInput] | None = maybe("What stands in it.")


@strawberry.type
class Query:
    """Root fields of dashboards."""

    @strawberry.field(description="One dashboard.")
    def dashboard(self, info: Info, id: strawberry.ID) -> Dashboard | None:
        """Find nothing."""
        unbuilt.no_such(principal_of(info))


@strawberry.type
class Mutation:
    """Root fields that make dashboards and spaces."""

    @strawberry.mutation(description="Make a dashboard; not offered yet.")
    def create_dashboard(self, info: Info, input: CreateDashboardInput) -> Dashboard:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "dashboards")

    @strawberry.mutation(description="Make a space; not offered yet.")
    def create_space(self, info: Info, input: CreateSpaceInput) -> Space:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "spaces")
