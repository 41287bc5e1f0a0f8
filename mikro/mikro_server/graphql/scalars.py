"""Scalars of the schema. Those that end in `Like` are ids of stores that were uploaded."""

from __future__ import annotations

import uuid
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from chassis.errors import InvalidInput

AnyValue = NewType("AnyValue", object)
ArrayLike = NewType("ArrayLike", str)
ByteCount = NewType("ByteCount", int)
FileLike = NewType("FileLike", str)
Frequency = NewType("Frequency", str)
GenericQuantity = NewType("GenericQuantity", str)
Length = NewType("Length", str)
ParquetLike = NewType("ParquetLike", str)
Power = NewType("Power", str)
Temperature = NewType("Temperature", str)
ThreeDVector = NewType("ThreeDVector", list)  # type: ignore[type-arg] # a JSON list
Unit = NewType("Unit", str)


def _text(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value or len(value) > 1000:
        raise ValueError("this value must be a text of 1 to 1000 characters")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError("a number of bytes is a whole number below 2^63")
    return value


def _vector(value: object) -> list[float]:
    if not isinstance(value, list) or len(value) not in (2, 3):
        raise InvalidInput("A point has 2 or 3 numbers.", field="vectors")
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in value):
        raise ValueError("a point has 2 or 3 numbers")
    return [float(one) for one in value]


def _uuid(value: object) -> uuid.UUID:
    return uuid.UUID(_text(value))


def _named(name: str, description: str) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=description, parse_value=_text)


SCALARS: dict[object, ScalarDefinition] = {
    AnyValue: strawberry.scalar(name="Any", description="Any JSON value."),
    ArrayLike: _named("ArrayLike", "The id of the store of an uploaded array."),
    ByteCount: strawberry.scalar(
        name="ByteCount",
        description="A number of bytes; may be larger than an Int holds.",
        parse_value=_count,
    ),
    FileLike: _named("FileLike", "The id of the store of an uploaded file."),
    Frequency: _named("Frequency", "A frequency with its unit."),
    GenericQuantity: _named("GenericQuantity", "A number with its unit."),
    Length: _named("Length", "A length with its unit."),
    ParquetLike: _named("ParquetLike", "The id of the store of an uploaded table."),
    Power: _named("Power", "A power with its unit."),
    Temperature: _named("Temperature", "A temperature with its unit."),
    ThreeDVector: strawberry.scalar(
        name="ThreeDVector",
        description="A point: the SPACE axes of its space, in their order.",
        parse_value=_vector,
    ),
    Unit: _named("Unit", "The name of a unit."),
    uuid.UUID: strawberry.scalar(
        name="UUID", description="A UUID.", serialize=str, parse_value=_uuid
    ),
}
