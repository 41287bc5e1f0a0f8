"""What transformations are made of: steps and parts."""

from __future__ import annotations

from typing import Any

import strawberry
from django.db.models import QuerySet

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import one_row
from mikro_server import models
from mikro_server.domain.kinds import PartKind, TransformKind
from mikro_server.graphql.coordinate import CoordinateSystem
from mikro_server.selectors import rows


@strawberry.type(description="One step of a sequence.")
class TransformationStep:
    """Only the field of its kind is filled."""

    kind: TransformKind = strawberry.field(description="How it maps.")
    scale: list[float] = strawberry.field(description="SCALE: the factors.")
    translation: list[float] = strawberry.field(description="TRANSLATION: the offsets.")
    affine: list[list[float]] = strawberry.field(description="AFFINE, ROTATION: the matrix.")
    reason: str | None = strawberry.field(description="UNMAPPABLE: why.")


@strawberry.type(description="The array whose values are a map.")
class FieldPart:
    """Named by its space."""

    system_id: strawberry.Private[int]
    unit: str | None = strawberry.field(description="The unit of its values.")
    min: float | None = strawberry.field(description="The least value.")
    max: float | None = strawberry.field(description="The greatest value.")
    values: str = strawberry.field(description="SCALAR, COORDINATE or DISPLACEMENT.")
    spatial: bool = strawberry.field(description="Whether it gives a SPACE axis.")
    dereference: bool = strawberry.field(description="Whether its values are ids of rows.")

    @one_row(CoordinateSystem, "The space of the array.")
    def field(self, info: Info) -> QuerySet[models.CoordinateSystem]:
        """Return the space."""
        return rows.row_with(rows.systems_visible_to(principal_of(info)), self.system_id)


@strawberry.type(description="One part of a BY_DIMENSION, over its own axes.")
class TransformationPart:
    """Only the field of its kind is filled."""

    kind: PartKind = strawberry.field(description="How it maps.")
    input_axes: list[str] = strawberry.field(description="The axes it maps.")
    output_axes: list[str] = strawberry.field(description="The axes it maps them onto.")
    scale: list[float] = strawberry.field(description="SCALE: the factors.")
    translation: list[float] = strawberry.field(description="TRANSLATION: the offsets.")
    affine: list[list[float]] = strawberry.field(description="AFFINE, ROTATION: the matrix.")
    field: FieldPart | None = strawberry.field(description="FIELD: the array that is read.")


def part_of(part: dict[str, Any], axes: dict[str, str]) -> TransformationPart:
    """Return one part; `axes` are the types of the output axes by their names."""
    given_field = part.get("field")
    types = {axes.get(name) for name in part["outputAxes"]}
    return TransformationPart(
        kind=PartKind(part["kind"]),
        input_axes=part["inputAxes"],
        output_axes=part["outputAxes"],
        scale=part.get("scale", []),
        translation=part.get("translation", []),
        affine=part.get("affine", []),
        field=given_field
        and FieldPart(
            system_id=given_field["system"],
            unit=given_field.get("unit"),
            min=given_field.get("min"),
            max=given_field.get("max"),
            values="SCALAR" if len(part["outputAxes"]) == 1 else "COORDINATE",
            spatial="SPACE" in types,
            dereference="INDEX" in types,
        ),
    )
