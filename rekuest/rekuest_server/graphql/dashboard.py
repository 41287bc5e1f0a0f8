"""Dashboards and spaces: where bloks and agents are placed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet

from chassis.definitions.graphql.scalars import Args
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, column, visible_rows
from chassis.graphql.inputs import listing, maybe
from rekuest_server import models
from rekuest_server.graphql.agent import Agent
from rekuest_server.operations import dashboard as operations
from rekuest_server.selectors import kept
from rekuest_server.selectors.scope import row_ids

if TYPE_CHECKING:
    from rekuest_server.graphql.blok import MaterializedBlok

LazyMaterialized = Annotated["MaterializedBlok", strawberry.lazy("rekuest_server.graphql.blok")]


@strawberry_django.type(models.Dashboard, description="A page of bloks.")
class Dashboard:
    """Known by its name."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str | None = strawberry_django.field(description="The name people see.")
    bloks: list[LazyMaterialized] = strawberry_django.field(description="What is on it.")


@strawberry_django.type(models.Placement, description="An agent in a space.")
class Placement:
    """Who stands where."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    agent: Agent = strawberry_django.field(description="The agent.")
    blok: LazyMaterialized | None = strawberry_django.field(
        description="The blok that shows its state."
    )
    role: str = strawberry_django.field(description="What it is there for.")

    @column("affine_matrix", description="Where it stands: 4 x 4, row by row.")
    def affine_matrix(self: models.Placement) -> Args | None:
        """Return the rows."""
        return None if self.affine_matrix is None else Args(self.affine_matrix)


@strawberry_django.filter_type(models.Space, description="Narrows a list of spaces.")
class SpaceFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="Text in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the name."""
        return Q(**{f"{prefix}name__icontains": value})


@strawberry_django.type(models.Space, description="A room in which agents are placed.")
class Space:
    """Known by its name."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str = strawberry_django.field(description="The name people see.")
    description: str | None = strawberry_django.field(description="What it is.")
    placements: list[Placement] = strawberry_django.field(description="What stands in it.")


@strawberry.input(description="A dashboard to be made.")
class CreateDashboardInput:
    """A name and bloks."""

    name: str = strawberry.field(description="The name people see.")
    bloks: list[str] = listing("The materialized bloks on it.")


@strawberry.input(description="A dashboard to be changed; what is left out stays.")
class UpdateDashboardInput:
    """A name and bloks."""

    id: strawberry.ID = strawberry.field(description="The dashboard.")
    name: str | None = maybe("The name people see.")
    bloks: list[str] | None = maybe("The materialized bloks on it.")


@strawberry.input(description="A dashboard to be deleted.")
class DeleteDashboardInput:
    """A dashboard."""

    id: strawberry.ID = strawberry.field(description="The dashboard.")


@strawberry.input(description="Where an agent stands in a space.")
class PlacementInput:
    """An agent and a place."""

    role: str | None = maybe("What it is there for.")
    affine_matrix: list[list[float]] | None = maybe("Where it stands: 4 x 4, row by row.")
    agent: strawberry.ID | None = maybe("The agent.")
    blok: strawberry.ID | None = maybe("The blok that shows its state.")


@strawberry.input(description="A space to be made.")
class CreateSpaceInput:
    """A name and placements."""

    name: str = strawberry.field(description="The name people see.")
    placements: list[PlacementInput] | None = maybe("What stands in it.")


@strawberry.input(description="A space to be deleted.")
class DeleteSpaceInput:
    """A space."""

    id: strawberry.ID = strawberry.field(description="The space.")


@strawberry.type
class Query:
    """Root fields of dashboards and spaces."""

    dashboards: list[Dashboard] = visible_rows(
        kept.dashboards_visible_to, description="The dashboards of the organization."
    )
    spaces: list[Space] = visible_rows(
        kept.spaces_visible_to, filters=SpaceFilter, description="The spaces of the organization."
    )

    @strawberry_django.field(
        graphql_type=Dashboard | None, extensions=[Found()], description="One dashboard."
    )
    def dashboard(self, info: Info, id: strawberry.ID) -> QuerySet[models.Dashboard]:
        """Return the dashboard."""
        return kept.one(kept.dashboards_visible_to(principal_of(info)), id)

    @strawberry_django.field(
        graphql_type=Space | None, extensions=[Found()], description="One space."
    )
    def space(self, info: Info, id: strawberry.ID) -> QuerySet[models.Space]:
        """Return the space."""
        return kept.one(kept.spaces_visible_to(principal_of(info)), id)


@strawberry.type
class Mutation:
    """Root fields that make, change and delete dashboards and spaces."""

    @strawberry.mutation(graphql_type=Dashboard, description="Make a dashboard.")
    async def create_dashboard(self, info: Info, input: CreateDashboardInput) -> models.Dashboard:
        """Keep the page."""
        return await operations.dashboard_create(
            principal=principal_of(info), name=input.name, bloks=input.bloks
        )

    @strawberry.mutation(graphql_type=Dashboard, description="Change a dashboard.")
    async def update_dashboard(self, info: Info, input: UpdateDashboardInput) -> models.Dashboard:
        """Keep the changes."""
        return await operations.dashboard_update(
            principal=principal_of(info), dashboard=input.id, name=input.name, bloks=input.bloks
        )

    @strawberry.mutation(description="Delete a dashboard; the bloks on it stay.")
    async def delete_dashboard(self, info: Info, input: DeleteDashboardInput) -> bool:
        """Say that it is gone."""
        await operations.dashboard_delete(principal=principal_of(info), dashboard=input.id)
        return True

    @strawberry.mutation(graphql_type=Space, description="Make a space.")
    async def create_space(self, info: Info, input: CreateSpaceInput) -> models.Space:
        """Keep the room."""
        placements = [
            operations.PlacementWish(
                agent=item.agent,
                blok=item.blok,
                role=item.role,
                affine_matrix=item.affine_matrix,
            )
            for item in input.placements or []
        ]
        return await operations.space_create(
            principal=principal_of(info), name=input.name, placements=placements
        )

    @strawberry.mutation(description="Delete a space; the agents in it stay.")
    async def delete_space(self, info: Info, input: DeleteSpaceInput) -> strawberry.ID:
        """Return the id it had."""
        return strawberry.ID(
            await operations.space_delete(principal=principal_of(info), space=input.id)
        )
