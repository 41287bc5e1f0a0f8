"""Words of the definition language that servers store: how a run survives, what it does."""

from __future__ import annotations

from enum import StrEnum


class Execution(StrEnum):
    """How an implementation survives the death of its process."""

    PLAIN = "PLAIN"
    WORKFLOW = "WORKFLOW"


class Effects(StrEnum):
    """What an implementation says it does to the world."""

    NONE = "NONE"
    REPEATABLE = "REPEATABLE"
    UNKNOWN = "UNKNOWN"
    IRREVERSIBLE = "IRREVERSIBLE"
