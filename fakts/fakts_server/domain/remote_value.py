"""Typed values for apps, and which of several holds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_KEY = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*")
KEY_LENGTH = 200
MOST_BYTES = 16_384


class ValueKind(StrEnum):
    """The type of a value; it never changes silently."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    JSON = "json"


@dataclass(frozen=True)
class Entry:
    """A value for an organization, an app, a device, or an app on a device."""

    key: str
    value: object
    has_app: bool = False
    has_device: bool = False


def is_key(key: str) -> bool:
    """Tell whether a key is one: dotted lower-case words such as `docker.sync_interval`."""
    return len(key) <= KEY_LENGTH and _KEY.fullmatch(key) is not None


def fits(kind: ValueKind, value: object) -> bool:
    """Tell whether a value is of a kind; `true` is no number."""
    if kind is ValueKind.TEXT:
        return isinstance(value, str) and "\0" not in value
    if kind is ValueKind.BOOLEAN:
        return isinstance(value, bool)
    if kind is ValueKind.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is ValueKind.NUMBER:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return math.isfinite(value)
    return value is not None


def merge(entries: Iterable[Entry]) -> dict[str, object]:
    """Return what holds: an app on a device before a device, before an app, before the rest."""
    ranked = sorted(entries, key=lambda one: (one.has_device, one.has_app))
    return {one.key: one.value for one in ranked}
