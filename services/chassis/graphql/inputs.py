"""Fields of inputs: what may be left out, and what it is then."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import Any

import strawberry


def maybe(description: str) -> Any:
    """Make a field of an input that may be left out and is null then."""
    return strawberry.field(default=None, description=description)


def flag(description: str, *, default: bool = False) -> Any:
    """Make a boolean field of an input that has a default."""
    return strawberry.field(default=default, description=description)


def listing(description: str) -> Any:
    """Make a list field of an input that may be left out and is empty then."""
    return strawberry.field(default_factory=list, description=description)


def plain(value: Any) -> Any:
    """Return an input as plain values: objects become dicts, enumerations their words."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def given(value: Any) -> Any:
    """Return an input as plain values without what was left out, as declarations are written."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {part.name: given(getattr(value, part.name)) for part in dataclasses.fields(value)}
        return {key: part for key, part in parts.items() if part is not None}
    if isinstance(value, (list, tuple)):
        return [given(item) for item in value]
    return plain(value)
