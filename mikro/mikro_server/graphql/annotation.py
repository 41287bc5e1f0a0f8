"""Annotations and their collections: types, filters, orders, inputs and root fields."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import strawberry
import strawberry_django
from django.db.models import Case, Q, QuerySet, When
from strawberry.types.unset import UNSET
from strawberry_django.fields.filter_types import StrFilterLookup

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import as_declared, one_row, visible_rows
from mikro_server import models
from mikro_server.domain.kinds import AnnotationKind
from mikro_server.graphql.annotation_input import (
    CoordinateInput,
    CreateAnnotationCollectionInput,
    CreateAnnotationInput,
    CreateAnnotationsInput,
    DeleteAnnotationCollectionInput,
    DeleteAnnotationInput,
    UpdateAnnotationInput,
)
from mikro_server.graphql.coordinate import CoordinateSystem
from mikro_server.graphql.fields import (
    DescriptorConstraintInput,
    PlacedFilter,
    author_of,
    holding,
    plain,
    required,
)
from mikro_server.graphql.folder import Folder
from mikro_server.graphql.identity import User
from mikro_server.graphql.lens import AnnotationLens
from mikro_server.graphql.transformation import Transformation
from mikro_server.graphql.vocabulary import AnnotationKindChoices
from mikro_server.operations import annotation as operations
from mikro_server.operations import trash
from mikro_server.operations.author import in_thread
from mikro_server.selectors import rows, subqueries
from mikro_server.selectors.scope import pks_of, uuids_of


@strawberry.type(description="A discrete coordinate a shape is pinned to.")
class Coordinate:
    """A timepoint, a channel."""

    name: str = strawberry.field(description="The axis.")
    value: int = strawberry.field(description="The position.")


@strawberry.type(description="A box along the axes of a space.")
class BoundingBox:
    """Its two corners."""

    min: list[float] = strawberry.field(description="The lower corner.")
    max: list[float] = strawberry.field(description="The upper corner.")


@strawberry_django.filter_type(models.Annotation, description="Narrows a list of shapes.")
class AnnotationFilter:
    """Every condition that is given must hold."""

    name: StrFilterLookup | None = strawberry_django.filter_field(description="By name.")
    description: StrFilterLookup | None = strawberry_django.filter_field(
        description="By description."
    )

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named shapes."""
        return Q(**{f"{prefix}pk__in": uuids_of(value)})

    @strawberry_django.filter_field(description="By id.")
    def id(self, value: uuid.UUID, prefix: str) -> Q:
        """Keep the named shape."""
        return Q(**{f"{prefix}pk": value})

    @strawberry_django.filter_field(description="By kind.")
    def kind(self, value: AnnotationKindChoices, prefix: str) -> Q:
        """Compare the kind."""
        return Q(**{f"{prefix}kind": value.value})

    @strawberry_django.filter_field(description="By descriptors.")
    def requires(self, value: list[DescriptorConstraintInput], prefix: str) -> Q:
        """Every constraint must hold."""
        return required(value, prefix)

    @strawberry_django.filter_field(description="In a collection.")
    def collection(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the collection."""
        return Q(**{f"{prefix}collection__in": pks_of([value])})

    @strawberry_django.filter_field(description="Drawn in a space.")
    def coordinate_system(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the space of the collection."""
        return Q(**{f"{prefix}collection__coordinate_system__in": pks_of([value])})

    @strawberry_django.filter_field(description="Drawn over an array dataset.")
    def dataset(self, value: strawberry.ID, prefix: str) -> Q:
        """Follow the derivations of the collection."""
        source = Q(output__array_dataset__in=pks_of([value]))
        return subqueries.derived(f"{prefix}collection__coordinate_system", source)

    @strawberry_django.filter_field(description="Words in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holding("name", value, prefix)

    @strawberry_django.filter_field(description="Pinned to every one of these coordinates.")
    def pinned_to(self, value: list[CoordinateInput], prefix: str) -> Q:
        """Look for the pins."""
        return Q(**{f"{prefix}coordinates__contains": plain(value)})


@strawberry_django.order_type(models.Annotation, description="Orders a list of shapes.")
class AnnotationOrder:
    """By name."""

    name: strawberry.auto = strawberry_django.order_field(description="By name.")
    id: strawberry.auto = strawberry_django.order_field(description="By id.")


@strawberry_django.filter_type(
    models.AnnotationCollection, description="Narrows a list of annotation collections."
)
class AnnotationCollectionFilter(PlacedFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="With this space.")
    def coordinate_system(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the space."""
        return Q(**{f"{prefix}coordinate_system__in": pks_of([value])})

    @strawberry_django.filter_field(description="Drawn over an array dataset.")
    def dataset(self, value: strawberry.ID, prefix: str) -> Q:
        """Follow the derivations."""
        source = Q(output__array_dataset__in=pks_of([value]))
        return subqueries.derived(f"{prefix}coordinate_system", source)


@strawberry_django.order_type(
    models.AnnotationCollection, description="Orders a list of annotation collections."
)
class AnnotationCollectionOrder:
    """By name or time."""

    name: strawberry.auto = strawberry_django.order_field(description="By name.")
    created_at: strawberry.auto = strawberry_django.order_field(description="By time.")
    id: strawberry.auto = strawberry_django.order_field(description="By id.")


@strawberry_django.type(models.Annotation, description="One shape.")
class Annotation:
    """In the space of its collection."""

    id: uuid.UUID = strawberry_django.field(description="The id of the shape.")
    name: str = strawberry_django.field(description="The name.")
    description: str | None = strawberry_django.field(description="What it is.")
    stroke_width: float = strawberry_django.field(description="The width of its outline.")
    filled: bool = strawberry_django.field(description="Whether it is filled.")
    descriptors: strawberry.scalars.JSON = strawberry_django.field(description="Its descriptors.")
    creator: User | None = strawberry_django.field(description="Who drew it.")
    collection: AnnotationCollection = strawberry_django.field(
        description="The collection it belongs to."
    )

    @strawberry_django.field(only=["kind"], description="How it is drawn.")
    def kind(self: models.Annotation) -> AnnotationKind:
        """Return the kind."""
        return AnnotationKind(self.kind)

    @strawberry_django.field(only=["vectors"], description="Its points.")
    def vectors(self: models.Annotation) -> list[list[float]]:
        """Return the points."""
        points: list[list[float]] = self.vectors
        return points

    @strawberry_django.field(only=["stroke_color"], description="The colour of its outline.")
    def stroke_color(self: models.Annotation) -> list[int] | None:
        """Return the colour."""
        return self.stroke_color

    @strawberry_django.field(only=["fill_color"], description="The colour it is filled with.")
    def fill_color(self: models.Annotation) -> list[int] | None:
        """Return the colour."""
        return self.fill_color

    @strawberry_django.field(only=["coordinates"], description="What it is pinned to.")
    def coordinates(self: models.Annotation) -> list[Coordinate]:
        """Return the pins."""
        return [Coordinate(**pin) for pin in self.coordinates]

    @strawberry_django.field(only=["bbox"], description="The box around its points.")
    def intrinsic_bbox(self: models.Annotation) -> BoundingBox | None:
        """Return the box."""
        return None if self.bbox is None else BoundingBox(**self.bbox)

    @strawberry_django.field(
        select_related=["collection__coordinate_system"],
        prefetch_related=["collection__coordinate_system__axes"],
        description="The space it is drawn in.",
    )
    def coordinate_system(self: models.Annotation) -> CoordinateSystem | None:
        """Return the space of its collection."""
        return as_declared(self.collection.coordinate_system)


@strawberry_django.type(models.AnnotationCollection, description="A drawing surface.")
class AnnotationCollection:
    """With a space of its own."""

    id: strawberry.ID = strawberry_django.field(description="The id of the collection.")
    name: str = strawberry_django.field(description="The name.")
    description: str | None = strawberry_django.field(description="What it is.")
    coordinate_system: CoordinateSystem = strawberry_django.field(description="Its space.")
    annotations: list[Annotation] = strawberry_django.field(
        filters=AnnotationFilter,
        ordering=AnnotationOrder,
        pagination=True,
        description="Its shapes.",
    )
    folder: Folder | None = strawberry_django.field(description="The folder it is filed in.")
    created_at: datetime = strawberry_django.field(description="When it was made.")
    creator: User | None = strawberry_django.field(description="Who made it.")

    @classmethod
    def get_queryset(
        cls, queryset: QuerySet[models.AnnotationCollection], info: Info
    ) -> QuerySet[models.AnnotationCollection]:
        """Leave out what is in the trash, wherever collections are listed."""
        return queryset.filter(trashed_at=None, organization_id=principal_of(info).organization)

    @strawberry_django.field(
        only=["pk"], prefetch_related=["lenses"], description="The lens that selects all of it."
    )
    def full_lens(self: models.AnnotationCollection) -> AnnotationLens | None:
        """Return the whole lens."""
        whole = (lens for lens in self.lenses.all() if lens.is_whole)
        return as_declared(next(whole, None))

    @strawberry_django.field(
        only=["coordinate_system"], description="The edges into what it is drawn over."
    )
    def derived_from(self: models.AnnotationCollection) -> list[Transformation]:
        """Return the derivations."""
        edges = models.CoordinateSystem(pk=self.coordinate_system_id).outgoing
        return as_declared(edges.filter(is_derivation=True).order_by("pk"))


@strawberry.type
class Query:
    """Root fields of annotations."""

    annotations: list[Annotation] = visible_rows(
        rows.annotations_visible_to,
        filters=AnnotationFilter,
        ordering=AnnotationOrder,
        description="The shapes of the organization.",
    )
    annotation_collections: list[AnnotationCollection] = visible_rows(
        rows.collections_visible_to,
        filters=AnnotationCollectionFilter,
        ordering=AnnotationCollectionOrder,
        description="The annotation collections of the organization.",
    )

    @one_row(Annotation, "One shape.")
    def annotation(self, info: Info, id: strawberry.ID) -> QuerySet[models.Annotation]:
        """Return the shape."""
        return rows.row_with(rows.annotations_visible_to(principal_of(info)), id)

    @one_row(AnnotationCollection, "One annotation collection.")
    def annotation_collection(
        self, info: Info, id: strawberry.ID
    ) -> QuerySet[models.AnnotationCollection]:
        """Return the collection."""
        return rows.row_with(rows.collections_visible_to(principal_of(info)), id)


_COLUMNS = (
    *("kind", "vectors", "name", "description", "coordinates"),
    *("stroke_color", "fill_color", "stroke_width", "filled"),
)


@strawberry.type
class Mutation:
    """Mutations of annotations."""

    @one_row(AnnotationCollection, "Make a drawing surface.")
    async def create_annotation_collection(
        self, info: Info, input: CreateAnnotationCollectionInput
    ) -> Any:
        """Make it."""
        author = await author_of(info)
        pk = await in_thread(
            operations.collection_create,
            author=author,
            name=input.name,
            axes=[axis.draft() for axis in input.axes],
            description=input.description,
            folder=input.folder,
            derived_from=plain(input.derived_from or []),
            source_files=plain(input.source_files or []),
        )
        return rows.row_with(rows.collections_visible_to(author.principal), pk)

    @strawberry.field(description="Put an annotation collection in the trash.")
    async def delete_annotation_collection(
        self, info: Info, input: DeleteAnnotationCollectionInput
    ) -> strawberry.ID:
        """Throw it away."""
        author = await author_of(info)
        await in_thread(
            trash.thing_trash, author=author, kind="annotationcollection", identifier=input.id
        )
        return input.id

    @one_row(Annotation, "Draw a shape.")
    async def create_annotation(self, info: Info, input: CreateAnnotationInput) -> Any:
        """Draw it."""
        found: QuerySet[models.Annotation] = await _drawn(info, input, [input])
        return found

    @strawberry_django.field(description="Draw shapes, all or none.")
    async def create_annotations(
        self, info: Info, input: CreateAnnotationsInput
    ) -> list[Annotation]:
        """Draw them."""
        return as_declared(await _drawn(info, input, input.annotations))

    @one_row(Annotation, "Change a shape.")
    async def update_annotation(self, info: Info, input: UpdateAnnotationInput) -> Any:
        """Change it."""
        author = await author_of(info)
        changes = {
            name: plain(value)
            for name in _COLUMNS
            if (value := getattr(input, name)) is not UNSET
            and (value is not None or name in {"description", "stroke_color", "fill_color"})
        }
        pk = await in_thread(
            operations.annotation_update, author=author, annotation_id=input.id, changes=changes
        )
        return rows.row_with(rows.annotations_visible_to(author.principal), pk)

    @strawberry.field(description="Remove a shape.")
    async def delete_annotation(self, info: Info, input: DeleteAnnotationInput) -> strawberry.ID:
        """Remove it."""
        author = await author_of(info)
        await in_thread(operations.annotation_delete, author=author, annotation_id=input.id)
        return input.id


async def _drawn(info: Info, input: Any, shapes: list[Any]) -> QuerySet[models.Annotation]:
    author = await author_of(info)
    pks = await in_thread(
        operations.annotations_create,
        author=author,
        shapes=[shape.draft() for shape in shapes],
        collection_id=input.collection,
        scene_id=input.scene,
    )
    order = Case(*(When(pk=pk, then=place) for place, pk in enumerate(pks)))
    visible = rows.annotations_visible_to(author.principal)
    return visible.filter(pk__in=pks).order_by(order)
