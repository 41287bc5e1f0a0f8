"""Requirements on states: a place in a value, compared. Plain data, no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_MISSING = object()


def at_pointer(value: Any, pointer: str) -> Any:
    """Return what a JSON pointer (or a plain key) leads to; `_MISSING` where it leads nowhere."""
    parts = pointer.split("/") if pointer else []
    if parts and not parts[0]:
        parts = parts[1:]
    for part in parts:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and _is_index(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            return _MISSING
    return value


def _is_index(name: str) -> bool:
    return len(name) <= _LONGEST_INDEX and name.isascii() and name.isdigit()


def is_met(requirement: Mapping[str, Any], value: Any) -> bool:
    """Tell whether a state's value meets `{"path", "operator", "value"}`."""
    found = at_pointer(value, str(requirement.get("path") or ""))
    wanted = requirement.get("value")
    operator = str(requirement.get("operator"))
    if operator == "EXISTS":
        return (found is not _MISSING) is (wanted is not False)
    if found is _MISSING:
        return operator in ("NOT_EQUALS", "NOT_IN")
    compare = _OPERATORS.get(operator)
    return compare is not None and compare(found, wanted)


def words_for(requirement: Mapping[str, Any]) -> str:
    """Return a requirement as a sentence that says that it is not met."""
    where = f"{requirement.get('state')}{requirement.get('path') or ''}"
    return f"{where} does not meet {requirement.get('operator')} {requirement.get('value')!r}."


def _ordered(found: Any, wanted: Any, test: Callable[[Any, Any], bool]) -> bool:
    numbers = (int, float)
    if isinstance(found, bool) or isinstance(wanted, bool):
        return False
    if isinstance(found, numbers) and isinstance(wanted, numbers):
        return test(found, wanted)
    return isinstance(found, str) and isinstance(wanted, str) and test(found, wanted)


def _contains(found: Any, wanted: Any) -> bool:
    if isinstance(found, str):
        return isinstance(wanted, str) and wanted in found
    if isinstance(found, dict):
        return isinstance(wanted, str) and wanted in found
    return isinstance(found, list) and wanted in found


def _matches(found: Any, wanted: Any) -> bool:
    if not isinstance(found, str) or not isinstance(wanted, str) or len(wanted) > _LONGEST:
        return False
    try:
        return re.search(wanted, found[:_LONGEST]) is not None
    except re.error:
        return False


_LONGEST = 1000
_LONGEST_INDEX = 18
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUALS": lambda found, wanted: found == wanted,
    "NOT_EQUALS": lambda found, wanted: found != wanted,
    "LTE": lambda found, wanted: _ordered(found, wanted, lambda a, b: a <= b),
    "GTE": lambda found, wanted: _ordered(found, wanted, lambda a, b: a >= b),
    "CONTAINS": _contains,
    "IN": lambda found, wanted: isinstance(wanted, list) and found in wanted,
    "NOT_IN": lambda found, wanted: isinstance(wanted, list) and found not in wanted,
    "MATCHES": _matches,
}
