"""Scalars of the schema: JSON under the several names the clients' documents use for it."""

from __future__ import annotations

from typing import Any, NewType, cast

import strawberry
from strawberry.types.scalar import ScalarDefinition

ActionHash = NewType("ActionHash", str)
AnyDefault = NewType("AnyDefault", object)
Arg = NewType("Arg", object)
Args = NewType("Args", object)
ByteCount = NewType("ByteCount", int)
Identifier = NewType("Identifier", str)
JSONSerializable = NewType("JSONSerializable", object)
MediaLike = NewType("MediaLike", str)
Props = NewType("Props", object)
SearchQuery = NewType("SearchQuery", str)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("this value must be a text")
    return value


def _arguments(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("arguments must be an object from port keys to values")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a number of bytes must be a whole number, 0 or more")
    return value


def json_object(value: object) -> dict[str, Any]:
    """Return a value of the scalar `Args`, which lets nothing but objects in."""
    return cast(dict[str, Any], value)


def _json(name: str, description: str) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=description)


SCALARS: dict[object, ScalarDefinition] = {
    ActionHash: strawberry.scalar(
        name="ActionHash",
        description="The hash of an action's definition (64 hex digits).",
        parse_value=_text,
    ),
    AnyDefault: _json("AnyDefault", "Any JSON value."),
    Arg: _json("Arg", "Any JSON value given for one argument or descriptor."),
    Args: strawberry.scalar(
        name="Args", description="A JSON object from port keys to values.", parse_value=_arguments
    ),
    ByteCount: strawberry.scalar(
        name="ByteCount",
        description="A number of bytes; may be larger than an Int holds.",
        parse_value=_count,
    ),
    Identifier: strawberry.scalar(
        name="Identifier",
        description="The name of a structure or interface, `@package/key`.",
        parse_value=_text,
    ),
    JSONSerializable: _json("JSONSerializable", "Any JSON value, taken as it is."),
    MediaLike: strawberry.scalar(
        name="MediaLike", description="The id of an uploaded file's store.", parse_value=_text
    ),
    Props: _json("Props", "A JSON object of a component's properties."),
    SearchQuery: strawberry.scalar(
        name="SearchQuery",
        description="A GraphQL document that lists the options of a port.",
        parse_value=_text,
    ),
}
