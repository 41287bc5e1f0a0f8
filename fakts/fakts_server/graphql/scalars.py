"""Scalars of the schema: texts that have a name of their own in the clients' documents."""

from __future__ import annotations

from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

AppIdentifier = NewType("AppIdentifier", str)
ServiceIdentifier = NewType("ServiceIdentifier", str)
Version = NewType("Version", str)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("this value must be a text")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    AppIdentifier: strawberry.scalar(
        name="AppIdentifier",
        description="The identifier of an app, in reverse domain notation.",
        parse_value=_text,
    ),
    ServiceIdentifier: strawberry.scalar(
        name="ServiceIdentifier",
        description="The identifier of a service, in reverse domain notation.",
        parse_value=_text,
    ),
    Version: strawberry.scalar(
        name="Version", description="A version, as its author wrote it.", parse_value=_text
    ),
}
