"""Inputs several nouns share: axes, transforms, derivations, and what is known at coordinates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from mikro_server.domain.kinds import (
    AxisType,
    CreatableTransformKind,
    DerivationSourceKind,
    FileLinkContainerKind,
    PartKind,
    PlacementValidity,
    ValueRelation,
)
from mikro_server.graphql.scalars import Unit
from mikro_server.operations.coordinate import AxisDraft


def option(description: str) -> Any:
    """Make a field that may be left out."""
    return strawberry.field(default=None, description=description)


@strawberry.input(description="An axis of a pixel grid or a drawing space: a name and a kind.")
class AxisInput:
    """Units belong to physical spaces."""

    name: str = strawberry.field(description="The name of the axis.")
    type: AxisType = strawberry.field(description="What its positions are.")
    long_name: str | None = option("The name for people.")
    description: str | None = option("What it is.")

    def draft(self) -> AxisDraft:
        """Return what the operation takes."""
        return AxisDraft(self.name, self.type.value, None, self.long_name, self.description)


@strawberry.input(description="An axis of a physical space.")
class PhysicalAxisInput:
    """It has a unit."""

    name: str = strawberry.field(description="The name of the axis.")
    type: AxisType = strawberry.field(description="What its positions are.")
    unit: Unit = strawberry.field(description="The unit of its positions.")
    long_name: str | None = option("The name for people.")
    description: str | None = option("What it is.")

    def draft(self) -> AxisDraft:
        """Return what the operation takes."""
        return AxisDraft(
            self.name, self.type.value, str(self.unit), self.long_name, self.description
        )


@strawberry.input(description="The array whose values are a map.")
class FieldInput:
    """Named by its space."""

    system: strawberry.ID = strawberry.field(description="The space of the array.")
    unit: str | None = option("The unit of its values.")
    min: float | None = option("The least value.")
    max: float | None = option("The greatest value.")


@strawberry.input(description="One part of a BY_DIMENSION, over its own axes.")
class DimensionPartInput:
    """Its kind says which other field is read."""

    kind: PartKind = strawberry.field(description="How it maps.")
    input_axes: list[str] = strawberry.field(description="The axes it maps.")
    output_axes: list[str] = strawberry.field(description="The axes it maps them onto.")
    scale: list[float] | None = option("SCALE: a factor for each axis.")
    translation: list[float] | None = option("TRANSLATION: an offset for each axis.")
    affine: list[list[float]] | None = option("AFFINE and ROTATION: the matrix.")
    field: FieldInput | None = option("FIELD: the array that is read.")


@strawberry.input(description="A map from one space into another; `kind` says what is read of it.")
class TransformInput:
    """A field its kind does not read is refused."""

    kind: CreatableTransformKind = strawberry.field(description="How it maps.")
    scale: list[float] | None = option("SCALE: a factor for each axis.")
    translation: list[float] | None = option("TRANSLATION: an offset for each axis.")
    affine: list[list[float]] | None = option("AFFINE and ROTATION: the matrix.")
    input_axes: list[str] | None = option("MAP_AXIS: the axes it maps.")
    output_axes: list[str] | None = option("MAP_AXIS: the axes it maps them onto.")
    parts: list[DimensionPartInput] | None = option("BY_DIMENSION: its parts.")
    reason: str | None = option("UNMAPPABLE: why.")


@strawberry.input(description="What data was computed from; `kind` says which id is read.")
class DerivedFromInput:
    """Without a transform the edge claims no geometry."""

    kind: DerivationSourceKind = strawberry.field(description="What the source is.")
    lens: strawberry.ID | None = option("LENS: the lens.")
    dataset: strawberry.ID | None = option("DATASET: the array dataset.")
    table_dataset: strawberry.ID | None = option("TABLE_DATASET: the table.")
    mesh_collection: strawberry.ID | None = option("MESH_COLLECTION: the meshes.")
    annotation_collection: strawberry.ID | None = option("ANNOTATION_COLLECTION: the shapes.")
    annotation: strawberry.ID | None = option("ANNOTATION: the shape.")
    coordinate_system: strawberry.ID | None = option("COORDINATE_SYSTEM: the space.")
    transform: TransformInput | None = option("How the data maps back into the source.")
    value_relation: ValueRelation | None = option("What was done to the values.")


@strawberry.input(description="A file data was read out of.")
class SourceFileInput:
    """One series of it, where it has several."""

    file: strawberry.ID = strawberry.field(description="The file.")
    series_identifier: str | None = option("The series in the file.")
    value_relation: ValueRelation | None = option("What was done to the values.")


@strawberry.input(description="Data a file was written out of; `kind` says which id is read.")
class ExportOfInput:
    """As one series of the file, where it has several."""

    kind: FileLinkContainerKind = strawberry.field(description="What the data is.")
    dataset: strawberry.ID | None = option("DATASET: the array dataset.")
    table_dataset: strawberry.ID | None = option("TABLE_DATASET: the table.")
    mesh_collection: strawberry.ID | None = option("MESH_COLLECTION: the meshes.")
    annotation_collection: strawberry.ID | None = option("ANNOTATION_COLLECTION: the shapes.")
    series_identifier: str | None = option("The series in the file.")
    value_relation: ValueRelation | None = option("What was done to the values.")


@strawberry.input(description="Something placed in a shared space, and the map that places it.")
class RegistrationPathInput:
    """Exactly one source; without a transform it is the identity."""

    dataset: strawberry.ID | None = option("An array dataset.")
    table_dataset: strawberry.ID | None = option("A table.")
    mesh_collection: strawberry.ID | None = option("A mesh collection.")
    annotation_collection: strawberry.ID | None = option("An annotation collection.")
    coordinate_system: strawberry.ID | None = option("A space.")
    transform: TransformInput | None = option("How the source maps into the space.")
    name: str | None = option("The name of the edge.")
    validity: PlacementValidity | None = option("How far the map may be trusted.")


@strawberry.input(description="A position on one axis.")
class AxisAnchorInput:
    """What it anchors holds there, and all along the axes it does not name."""

    axis: str = strawberry.field(description="The axis.")
    value: int = strawberry.field(description="The position.")


@strawberry.input(description="When data was acquired.")
class AcquisitionWindowInput:
    """One instant where there is no end."""

    start: datetime = strawberry.field(description="The first of it.")
    end: datetime | None = option("The last of it.")
