"""Inputs of annotations and their collections."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry.types.unset import UNSET

from mikro_server.domain.kinds import AnnotationKind
from mikro_server.graphql.fields import plain
from mikro_server.graphql.inputs import AxisInput, DerivedFromInput, SourceFileInput, option
from mikro_server.graphql.scalars import ThreeDVector
from mikro_server.operations import annotation as operations


@strawberry.input(description="A discrete coordinate a shape is pinned to.")
class CoordinateInput:
    """A timepoint, a channel."""

    name: str = strawberry.field(description="The axis.")
    value: int = strawberry.field(description="The position.")


@strawberry.input(description="A new drawing surface.")
class CreateAnnotationCollectionInput:
    """With a space of its own."""

    name: str = strawberry.field(description="The name.")
    axes: list[AxisInput] = strawberry.field(description="The axes of its space.")
    description: str | None = option("What it is.")
    folder: strawberry.ID | None = option("The folder it is filed in.")
    derived_from: list[DerivedFromInput] | None = option("What it is drawn over.")
    source_files: list[SourceFileInput] | None = option("The files it was read out of.")


@strawberry.input(description="A shape to draw.")
class AnnotationSpecInput:
    """Its points are the SPACE axes of its collection."""

    kind: AnnotationKind = strawberry.field(description="How it is drawn.")
    vectors: list[ThreeDVector] = strawberry.field(description="Its points.")
    stroke_color: list[int] | None = option("The colour of its outline.")
    fill_color: list[int] | None = option("The colour it is filled with.")
    name: str | None = option("The name.")
    description: str | None = option("What it is.")
    coordinates: list[CoordinateInput] | None = option("What it is pinned to.")
    stroke_width: float | None = option("The width of its outline.")
    filled: bool | None = option("Whether it is filled.")

    def draft(self) -> operations.ShapeDraft:
        """Return what the operation takes."""
        return operations.ShapeDraft(
            kind=self.kind,
            vectors=self.vectors,
            name=self.name,
            description=self.description,
            coordinates=plain(self.coordinates or []),
            stroke_color=self.stroke_color,
            fill_color=self.fill_color,
            stroke_width=self.stroke_width,
            filled=self.filled,
        )


@strawberry.input(description="A shape to draw into a collection.")
class CreateAnnotationInput(AnnotationSpecInput):
    """Into exactly one."""

    collection: strawberry.ID | None = option("The collection.")
    scene: strawberry.ID | None = option("A scene; not offered yet.")


@strawberry.input(description="Shapes to draw into a collection.")
class CreateAnnotationsInput:
    """All or none."""

    annotations: list[AnnotationSpecInput] = strawberry.field(description="The shapes.")
    collection: strawberry.ID | None = option("The collection.")
    scene: strawberry.ID | None = option("A scene; not offered yet.")


def _kept(description: str) -> Any:
    return strawberry.field(default=UNSET, description=description)


@strawberry.input(description="Changes of a shape.")
class UpdateAnnotationInput:
    """What is left out stays."""

    id: strawberry.ID = strawberry.field(description="The shape.")
    kind: AnnotationKind | None = _kept("How it is drawn.")
    vectors: list[ThreeDVector] | None = _kept("Its points.")
    stroke_color: list[int] | None = _kept("The colour of its outline.")
    fill_color: list[int] | None = _kept("The colour it is filled with.")
    name: str | None = _kept("The name.")
    description: str | None = _kept("What it is.")
    coordinates: list[CoordinateInput] | None = _kept("What it is pinned to.")
    stroke_width: float | None = _kept("The width of its outline.")
    filled: bool | None = _kept("Whether it is filled.")


@strawberry.input(description="The shape to remove.")
class DeleteAnnotationInput:
    """For good."""

    id: strawberry.ID = strawberry.field(description="The shape.")


@strawberry.input(description="The annotation collection to remove.")
class DeleteAnnotationCollectionInput:
    """It goes to the trash, and its shapes with it."""

    id: strawberry.ID = strawberry.field(description="The collection.")
