"""Coordinate systems: type, filter, order and root fields."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet
from strawberry.types.unset import UNSET
from strawberry_django.fields.filter_types import StrFilterLookup

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import as_declared, one_row, visible_rows
from mikro_server import models
from mikro_server.domain.kinds import AxisType
from mikro_server.graphql.fields import MadeFilter, author_of, given, holding, plain
from mikro_server.graphql.identity import User
from mikro_server.graphql.inputs import PhysicalAxisInput, RegistrationPathInput, option
from mikro_server.operations import coordinate as operations
from mikro_server.operations.author import in_thread
from mikro_server.selectors import rows
from mikro_server.selectors.scope import pks_of

if TYPE_CHECKING:
    from mikro_server.graphql.transformation import Transformation

LazyTransformation = Annotated[
    "Transformation", strawberry.lazy("mikro_server.graphql.transformation")
]


@strawberry_django.filter_type(models.CoordinateSystem, description="Narrows a list of spaces.")
class CoordinateSystemFilter(MadeFilter):
    """Every condition that is given must hold."""

    name: StrFilterLookup | None = strawberry_django.filter_field(description="By name.")

    @strawberry_django.filter_field(description="Words in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holding("name", value, prefix)

    @strawberry_django.filter_field(description="By what the space refers to.")
    def reference(self, value: str, prefix: str) -> Q:
        """Compare the reference."""
        return Q(**{f"{prefix}reference": value})

    @strawberry_django.filter_field(description="The space of an array dataset.")
    def dataset(self, value: strawberry.ID, prefix: str) -> Q:
        """Look for the owner."""
        return Q(**{f"{prefix}array_dataset__in": pks_of([value])})

    @strawberry_django.filter_field(description="Shared spaces nothing is placed in, or others.")
    def uninhabited(self, value: bool, prefix: str) -> Q:
        """Look for incoming edges."""
        empty = Q(**{f"{prefix}is_shared": True, f"{prefix}incoming": None})
        return empty if value else ~empty


@strawberry_django.order_type(models.CoordinateSystem, description="Orders a list of spaces.")
class CoordinateSystemOrder:
    """By name or time."""

    name: strawberry.auto = strawberry_django.order_field(description="By name.")
    created_at: strawberry.auto = strawberry_django.order_field(description="By time.")
    id: strawberry.auto = strawberry_django.order_field(description="By id.")


@strawberry_django.type(models.Axis, description="One dimension of a space.")
class Axis:
    """It has a unit only in a physical space."""

    id: strawberry.ID = strawberry_django.field(description="The id of the axis.")
    order: int = strawberry_django.field(description="Its place, from 0.")
    name: str = strawberry_django.field(description="The name.")
    unit: str | None = strawberry_django.field(description="The unit of its positions.")
    long_name: str | None = strawberry_django.field(description="The name for people.")
    description: str | None = strawberry_django.field(description="What it is.")

    @strawberry_django.field(only=["type"], description="What its positions are.")
    def type(self: models.Axis) -> AxisType:
        """Return the type."""
        return AxisType(self.type)


@strawberry_django.type(models.CoordinateSystem, description="A space with named axes.")
class CoordinateSystem:
    """Owned by one piece of data, or shared."""

    id: strawberry.ID = strawberry_django.field(description="The id of the space.")
    name: str = strawberry_django.field(description="The name.")
    axes: list[Axis] = strawberry_django.field(description="The axes, in order.")
    epoch: datetime | None = strawberry_django.field(description="When its time axis is 0.")
    reference: str | None = strawberry_django.field(description="What it refers to.")
    reference_app: str | None = strawberry_django.field(description="The app that says so.")
    transform_version: int = strawberry_django.field(description="Grows as placements change.")
    created_at: datetime = strawberry_django.field(description="When it was made.")
    creator: User | None = strawberry_django.field(description="Who made it.")

    @strawberry_django.field(
        prefetch_related=["incoming"], description="The edges that place things in it."
    )
    def registrations(
        self: models.CoordinateSystem,
    ) -> list[LazyTransformation]:
        """Return the incoming edges that claim a geometry."""
        return as_declared([edge for edge in self.incoming.all() if edge.kind != "UNMAPPABLE"])


@strawberry.input(description="A shared space, and what is placed in it.")
class CreateCoordinateSystemInput:
    """Its axes have units."""

    name: str = strawberry.field(description="The name.")
    axes: list[PhysicalAxisInput] = strawberry.field(description="The axes, in order.")
    epoch: datetime | None = option("When its time axis is 0.")
    reference: str | None = option("What it refers to.")
    registrations: list[RegistrationPathInput] = strawberry.field(
        default_factory=list, description="What is placed in it."
    )


@strawberry.input(description="Changes of a space.")
class UpdateCoordinateSystemInput:
    """What is left out stays."""

    id: strawberry.ID = strawberry.field(description="The space.")
    name: str | None = strawberry.field(default=UNSET, description="The new name.")
    epoch: datetime | None = strawberry.field(default=UNSET, description="The new epoch.")
    reference: str | None = strawberry.field(default=UNSET, description="The new reference.")


@strawberry.input(description="The space to remove.")
class DeleteCoordinateSystemInput:
    """Refused while anything touches it."""

    id: strawberry.ID = strawberry.field(description="The space.")


@strawberry.input(description="The space to clear.")
class ClearCoordinateSystemInput:
    """Every placement in it goes."""

    id: strawberry.ID = strawberry.field(description="The space.")


@strawberry.input(description="One placement to remove, by its two ends.")
class DeleteRegistrationInput:
    """Exactly one source."""

    world: strawberry.ID = strawberry.field(description="The shared space.")
    dataset: strawberry.ID | None = option("An array dataset.")
    table_dataset: strawberry.ID | None = option("A table.")
    mesh_collection: strawberry.ID | None = option("A mesh collection.")
    annotation_collection: strawberry.ID | None = option("An annotation collection.")
    coordinate_system: strawberry.ID | None = option("A space.")


@strawberry.type
class Query:
    """Root fields of coordinate systems."""

    coordinate_systems: list[CoordinateSystem] = visible_rows(
        rows.systems_visible_to,
        filters=CoordinateSystemFilter,
        ordering=CoordinateSystemOrder,
        description="The spaces of the organization.",
    )

    @one_row(CoordinateSystem, "One space.")
    def coordinate_system(self, info: Info, id: strawberry.ID) -> QuerySet[models.CoordinateSystem]:
        """Return the space."""
        return rows.row_with(rows.systems_visible_to(principal_of(info)), id)


def _ids(values: list[int]) -> list[strawberry.ID]:
    return [strawberry.ID(str(value)) for value in values]


@strawberry.type
class Mutation:
    """Mutations of coordinate systems."""

    @one_row(CoordinateSystem, "Make a shared space and place things in it.")
    async def create_coordinate_system(self, info: Info, input: CreateCoordinateSystemInput) -> Any:
        """Make it."""
        author = await author_of(info)
        pk = await in_thread(
            operations.system_create,
            author=author,
            name=input.name,
            axes=[axis.draft() for axis in input.axes],
            epoch=input.epoch,
            reference=input.reference,
            registrations=plain(input.registrations),
        )
        return rows.row_with(rows.systems_visible_to(author.principal), pk)

    @one_row(CoordinateSystem, "Change a space.")
    async def update_coordinate_system(self, info: Info, input: UpdateCoordinateSystemInput) -> Any:
        """Change it."""
        author = await author_of(info)
        changes = given(input, "name", "epoch", "reference")
        pk = await in_thread(
            operations.system_update, author=author, system_id=input.id, changes=changes
        )
        return rows.row_with(rows.systems_visible_to(author.principal), pk)

    @strawberry.field(description="Remove a shared space nothing touches.")
    async def delete_coordinate_system(
        self, info: Info, input: DeleteCoordinateSystemInput
    ) -> strawberry.ID:
        """Remove it."""
        author = await author_of(info)
        pk = await in_thread(operations.system_delete, author=author, system_id=input.id)
        return strawberry.ID(str(pk))

    @strawberry.field(description="Remove every placement in a shared space.")
    async def clear_coordinate_system(
        self, info: Info, input: ClearCoordinateSystemInput
    ) -> list[strawberry.ID]:
        """Clear it."""
        author = await author_of(info)
        return _ids(await in_thread(operations.system_clear, author=author, system_id=input.id))

    @strawberry.field(description="Remove the placements of one thing in a shared space.")
    async def delete_registration(
        self, info: Info, input: DeleteRegistrationInput
    ) -> list[strawberry.ID]:
        """Remove them."""
        author = await author_of(info)
        source = {key: value for key, value in plain(input).items() if key != "world"}
        found = await in_thread(
            operations.registration_delete, author=author, source=source, world=input.world
        )
        return _ids(found)
