"""Transformations: the interface, its nine kinds, filter, order and root fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet
from strawberry.types.unset import UNSET

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import as_declared, one_row, visible_rows
from mikro_server import models
from mikro_server.domain import transforms
from mikro_server.domain.kinds import (
    PlacementValidity,
    TransformInvariance,
    TransformKind,
    ValueRelation,
)
from mikro_server.graphql.coordinate import CoordinateSystem
from mikro_server.graphql.fields import MadeFilter, author_of, given, plain
from mikro_server.graphql.identity import User
from mikro_server.graphql.inputs import TransformInput, option
from mikro_server.graphql.transformation_part import (
    TransformationPart,
    TransformationStep,
    part_of,
)
from mikro_server.graphql.vocabulary import TransformKindChoices
from mikro_server.operations import coordinate as operations
from mikro_server.operations.author import in_thread
from mikro_server.selectors import graph, rows
from mikro_server.selectors.scope import pks_of


@strawberry.type(description="Where along one axis a map holds.")
class Selector:
    """It makes no claim elsewhere."""

    axis: str = strawberry.field(description="The axis of the input space.")
    index: int = strawberry.field(description="The position.")


@strawberry_django.interface(models.Transformation, description="A map between two spaces.")
class Transformation:
    """An edge of the coordinate graph."""

    id: strawberry.ID = strawberry_django.field(description="The id of the edge.")
    name: str | None = strawberry_django.field(description="The name.")
    version: int = strawberry_django.field(description="Grows as the edge is refined.")
    created_at: datetime = strawberry_django.field(description="When it was made.")
    creator: User | None = strawberry_django.field(description="Who made it.")
    input: CoordinateSystem = strawberry_django.field(description="The space it leads from.")
    output: CoordinateSystem = strawberry_django.field(description="The space it leads into.")
    input_axes: list[str] = strawberry_django.field(description="The axes it maps.")
    output_axes: list[str] = strawberry_django.field(description="The axes it maps them onto.")

    @strawberry_django.field(only=["kind"], description="How it maps.")
    def kind(self: models.Transformation) -> TransformKind:
        """Return the kind."""
        return TransformKind(self.kind)

    @strawberry_django.field(only=["validity"], description="How far it may be trusted.")
    def validity(self: models.Transformation) -> PlacementValidity:
        """Return the validity."""
        return PlacementValidity(self.validity)

    @strawberry_django.field(only=["value_relation"], description="What was done to the values.")
    def value_relation(self: models.Transformation) -> ValueRelation | None:
        """Return the relation."""
        return None if self.value_relation is None else ValueRelation(self.value_relation)

    @strawberry_django.field(only=["selector"], description="Where it holds; none is everywhere.")
    def selector(self: models.Transformation) -> Selector | None:
        """Return the position."""
        return None if self.selector is None else Selector(**self.selector)

    @strawberry_django.field(only=["kind", "params"], description="What survives the map.")
    def invariance(self: models.Transformation) -> TransformInvariance:
        """Return what of lengths and angles survives."""
        return transforms.invariance(TransformKind(self.kind), self.params)


class _Kind:
    """Members of the interface know their rows by the kind."""

    KIND: str

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        """Tell whether a row is of this kind."""
        return isinstance(obj, models.Transformation) and obj.kind == cls.KIND


@strawberry_django.type(models.Transformation, description="The same coordinates, said twice.")
class IdentityTransformation(_Kind, Transformation):
    """It has no numbers."""

    KIND = "IDENTITY"


def _numbers(key: str, graphql_type: Any, description: str) -> Any:
    """Make a field of the numbers of one kind."""

    def read(self: models.Transformation) -> Any:
        return self.params[key]

    read.__annotations__["return"] = graphql_type
    return strawberry_django.field(read, only=["params", "kind"], description=description)


@strawberry_django.type(models.Transformation, description="A factor for each axis.")
class ScaleTransformation(_Kind, Transformation):
    """It multiplies."""

    KIND = "SCALE"
    scale: list[float] = _numbers("scale", list[float], "The factors.")


@strawberry_django.type(models.Transformation, description="An offset for each axis.")
class TranslationTransformation(_Kind, Transformation):
    """It adds."""

    KIND = "TRANSLATION"
    translation: list[float] = _numbers("translation", list[float], "The offsets.")


@strawberry_django.type(models.Transformation, description="Axes under other names.")
class MapAxisTransformation(_Kind, Transformation):
    """It permutes."""

    KIND = "MAP_AXIS"


@strawberry_django.type(models.Transformation, description="A matrix.")
class AffineTransformation(_Kind, Transformation):
    """Rows outermost, the offset last."""

    KIND = "AFFINE"
    affine: list[list[float]] = _numbers("affine", list[list[float]], "The matrix.")


@strawberry_django.type(models.Transformation, description="A matrix that only turns.")
class RotationTransformation(_Kind, Transformation):
    """Rows outermost, the offset last."""

    KIND = "ROTATION"
    affine: list[list[float]] = _numbers("affine", list[list[float]], "The matrix.")


@strawberry_django.type(models.Transformation, description="A declared non-correspondence.")
class UnmappableTransformation(_Kind, Transformation):
    """No point of either space is a point of the other."""

    KIND = "UNMAPPABLE"
    reason: str | None = _numbers("reason", str | None, "Why, if somebody said.")


@strawberry_django.type(models.Transformation, description="Steps, one after the other.")
class SequenceTransformation(_Kind, Transformation):
    """Made by the server: a crop or a level."""

    KIND = "SEQUENCE"

    @strawberry_django.field(only=["params", "kind"], description="The steps, in order.")
    def steps(self: models.Transformation) -> list[TransformationStep]:
        """Return the steps."""
        return [
            TransformationStep(
                kind=TransformKind(step["kind"]),
                scale=step.get("scale", []),
                translation=step.get("translation", []),
                affine=step.get("affine", []),
                reason=step.get("reason"),
            )
            for step in self.params["steps"]
        ]


@strawberry_django.type(models.Transformation, description="Parts, side by side.")
class ByDimensionTransformation(_Kind, Transformation):
    """About the axes no part names it says nothing."""

    KIND = "BY_DIMENSION"

    @strawberry_django.field(
        only=["params", "kind"],
        select_related=["output"],
        prefetch_related=["output__axes"],
        description="The parts.",
    )
    def parts(self: models.Transformation) -> list[TransformationPart]:
        """Return the parts."""
        axes = {axis.name: axis.type for axis in self.output.axes.all()}
        return [part_of(part, axes) for part in self.params["parts"]]


#: Members of the interface, which no field names.
MEMBERS = (
    IdentityTransformation,
    ScaleTransformation,
    TranslationTransformation,
    MapAxisTransformation,
    AffineTransformation,
    RotationTransformation,
    SequenceTransformation,
    ByDimensionTransformation,
    UnmappableTransformation,
)


@strawberry_django.filter_type(models.Transformation, description="Narrows a list of edges.")
class TransformationFilter(MadeFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By kind.")
    def kind(self, value: TransformKindChoices, prefix: str) -> Q:
        """Compare the kind."""
        return Q(**{f"{prefix}kind": value.value})

    @strawberry_django.filter_field(description="By validity.")
    def validity(self, value: PlacementValidity, prefix: str) -> Q:
        """Compare the validity."""
        return Q(**{f"{prefix}validity": value.value})

    @strawberry_django.filter_field(description="By the space they lead from.")
    def input(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the input."""
        return Q(**{f"{prefix}input__in": pks_of([value])})

    @strawberry_django.filter_field(description="By the space they lead into.")
    def output(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the output."""
        return Q(**{f"{prefix}output__in": pks_of([value])})


@strawberry_django.order_type(models.Transformation, description="Orders a list of edges.")
class TransformationOrder:
    """By time."""

    created_at: strawberry.auto = strawberry_django.order_field(description="By time.")
    id: strawberry.auto = strawberry_django.order_field(description="By id.")


@strawberry.input(description="Where along one axis a map holds.")
class SelectorInput:
    """It makes no claim elsewhere."""

    axis: str = strawberry.field(description="The axis of the input space.")
    index: int = strawberry.field(description="The position.")


@strawberry.input(description="An edge between two spaces.")
class CreateTransformationInput:
    """This is where registration lives."""

    input: strawberry.ID = strawberry.field(description="The space it leads from.")
    output: strawberry.ID = strawberry.field(description="The space it leads into.")
    transform: TransformInput = strawberry.field(description="How it maps.")
    name: str | None = option("The name.")
    validity: PlacementValidity | None = option("How far it may be trusted.")
    value_relation: ValueRelation | None = option("What was done to the values.")
    selector: SelectorInput | None = option("Where it holds; none is everywhere.")


@strawberry.input(description="New numbers of an edge.")
class UpdateTransformationInput:
    """Its kind and its ends stay."""

    id: strawberry.ID = strawberry.field(description="The edge.")
    name: str | None = strawberry.field(default=UNSET, description="The new name.")
    part: int | None = strawberry.field(default=UNSET, description="BY_DIMENSION: which part.")
    scale: list[float] | None = strawberry.field(default=UNSET, description="New factors.")
    translation: list[float] | None = strawberry.field(default=UNSET, description="New offsets.")
    affine: list[list[float]] | None = strawberry.field(default=UNSET, description="New matrix.")
    validity: PlacementValidity | None = strawberry.field(default=UNSET, description="New trust.")


@strawberry.input(description="The edge to remove.")
class DeleteTransformationInput:
    """Named by its id."""

    id: strawberry.ID = strawberry.field(description="The edge.")


@strawberry.type(description="What is connected to a space.")
class CoordinateGraph:
    """Nothing is composed."""

    reached: strawberry.Private[graph.Neighbourhood]

    @one_row(CoordinateSystem, "The space the walk began at.")
    def root(self, info: Info) -> QuerySet[models.CoordinateSystem]:
        """Return the first space."""
        visible = rows.systems_visible_to(principal_of(info))
        return rows.row_with(visible, self.reached.systems[0])

    @strawberry_django.field(description="Every space that was reached.")
    def systems(self, info: Info) -> list[CoordinateSystem]:
        """Return the spaces."""
        visible = rows.systems_visible_to(principal_of(info))
        return as_declared(visible.filter(pk__in=self.reached.systems).order_by("pk"))

    @strawberry_django.field(description="Every edge between them.")
    def transformations(self, info: Info) -> list[Transformation]:
        """Return the edges."""
        visible = rows.transformations_visible_to(principal_of(info))
        return as_declared(visible.filter(pk__in=self.reached.edges).order_by("pk"))


@strawberry.type
class Query:
    """Root fields of transformations."""

    transformations: list[Transformation] = visible_rows(
        rows.transformations_visible_to,
        filters=TransformationFilter,
        ordering=TransformationOrder,
        description="The edges between the spaces of the organization.",
    )

    @one_row(Transformation, "One edge.")
    def transformation(self, info: Info, id: strawberry.ID) -> QuerySet[models.Transformation]:
        """Return the edge."""
        return rows.row_with(rows.transformations_visible_to(principal_of(info)), id)

    @strawberry.field(description="Walk from one space to all it is connected with.")
    async def coordinate_graph(
        self, info: Info, coordinate_system: strawberry.ID, max_depth: int | None = None
    ) -> CoordinateGraph:
        """Walk the graph."""
        who = principal_of(info)

        def walk() -> graph.Neighbourhood:
            root = rows.row_get(rows.systems_visible_to(who), coordinate_system)
            edges = rows.transformations_visible_to(who)
            return graph.neighbourhood(edges, root.pk, max_depth)

        return CoordinateGraph(reached=await in_thread(walk))


@strawberry.type
class Mutation:
    """Mutations of transformations."""

    @one_row(Transformation, "State how one space maps into another.")
    async def create_transformation(self, info: Info, input: CreateTransformationInput) -> Any:
        """Make the edge."""
        author = await author_of(info)
        pk = await in_thread(
            operations.edge_create,
            author=author,
            input_id=input.input,
            output_id=input.output,
            transform=plain(input.transform),
            **given(input, "name", "validity", "value_relation", "selector"),
        )
        return rows.row_with(rows.transformations_visible_to(author.principal), pk)

    @one_row(Transformation, "Refine the numbers of an edge.")
    async def update_transformation(self, info: Info, input: UpdateTransformationInput) -> Any:
        """Change the edge."""
        author = await author_of(info)
        names = ("name", "part", "scale", "translation", "affine", "validity")
        pk = await in_thread(
            operations.edge_update, author=author, edge_id=input.id, changes=given(input, *names)
        )
        return rows.row_with(rows.transformations_visible_to(author.principal), pk)

    @strawberry.field(description="Remove an edge.")
    async def delete_transformation(
        self, info: Info, input: DeleteTransformationInput
    ) -> strawberry.ID:
        """Remove it."""
        author = await author_of(info)
        pk = await in_thread(operations.edge_delete, author=author, edge_id=input.id)
        return strawberry.ID(str(pk))
