"""Inputs of lenses."""

from __future__ import annotations

import strawberry

from mikro_server.graphql.inputs import option


@strawberry.input(description="The positions to keep along one axis.")
class SliceInput:
    """As Python means it."""

    axis: str = strawberry.field(description="The axis.")
    start: int | None = option("The first position.")
    stop: int | None = option("The end, exclusive.")
    step: int | None = option("The stride, 1 or more.")


@strawberry.input(description="The range to keep along one axis.")
class WindowInput:
    """Both ends belong to it; one that is left out is open."""

    axis: str = strawberry.field(description="The axis.")
    min: float | None = option("The least position.")
    max: float | None = option("The greatest position.")


@strawberry.input(description="A box in a space the array reaches.")
class LensBoxInput:
    """It keeps the voxels it meets."""

    coordinate_system: strawberry.ID = strawberry.field(description="The space.")
    windows: list[WindowInput] = strawberry.field(description="The box.")


@strawberry.input(description="A selection over an array, or over one of its lenses.")
class CreateLensInput:
    """By slices, by a box, or by a shape."""

    dataset: strawberry.ID | None = option("The array.")
    lens: strawberry.ID | None = option("A lens of it to cut from.")
    slices: list[SliceInput] | None = option("What to keep of each axis.")
    box: LensBoxInput | None = option("A box to cut to.")
    annotation: strawberry.ID | None = option("A shape to cut to.")
    name: str | None = option("What to call it, if it has no name.")


@strawberry.input(description="A selection over a table.")
class CreateTableLensInput:
    """Of all of it, or of one of its lenses."""

    table_dataset: strawberry.ID | None = option("The table.")
    lens: strawberry.ID | None = option("A lens of it to cut from.")
    windows: list[WindowInput] | None = option("What to keep of each axis.")


@strawberry.input(description="A selection over a sparse array.")
class CreateSparseLensInput:
    """Of all of it, or of one of its lenses."""

    sparse_dataset: strawberry.ID | None = option("The sparse array.")
    lens: strawberry.ID | None = option("A lens of it to cut from.")
    windows: list[WindowInput] | None = option("What to keep of each axis.")


@strawberry.input(description="A selection over meshes.")
class CreateMeshLensInput:
    """Of all of them, or of one of their lenses."""

    mesh_collection: strawberry.ID | None = option("The meshes.")
    lens: strawberry.ID | None = option("A lens of them to cut from.")
    windows: list[WindowInput] | None = option("What to keep of each axis.")


@strawberry.input(description="A selection over networks.")
class CreateNetworkLensInput:
    """Of all of them, or of one of their lenses."""

    network_collection: strawberry.ID | None = option("The networks.")
    lens: strawberry.ID | None = option("A lens of them to cut from.")
    windows: list[WindowInput] | None = option("What to keep of each axis.")


@strawberry.input(description="A selection over a fixture.")
class CreateFixtureLensInput:
    """Of all of it, or of one of its lenses."""

    fixture: strawberry.ID | None = option("The fixture.")
    lens: strawberry.ID | None = option("A lens of it to cut from.")
    windows: list[WindowInput] | None = option("What to keep of each axis.")


@strawberry.input(description="A selection over annotations.")
class CreateAnnotationLensInput:
    """Of all of them, or of one of their lenses."""

    annotation_collection: strawberry.ID | None = option("The annotations.")
    lens: strawberry.ID | None = option("A lens of them to cut from.")
    windows: list[WindowInput] | None = option("What to keep of each axis.")


@strawberry.input(description="A new name of a lens.")
class UpdateLensInput:
    """What it selects cannot change."""

    id: strawberry.ID = strawberry.field(description="The lens.")
    name: str | None = option("The new name; none takes it away.")


@strawberry.input(description="The scene that opens for a lens.")
class SetLensDefaultSceneInput:
    """None takes it away."""

    lens: strawberry.ID = strawberry.field(description="The lens.")
    scene: strawberry.ID | None = option("The scene.")


@strawberry.input(description="The lens to remove.")
class DeleteLensInput:
    """A whole lens stays."""

    id: strawberry.ID = strawberry.field(description="The lens.")
