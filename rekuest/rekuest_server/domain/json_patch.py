"""JSON patch operations as agents send them: add, replace, remove at a JSON pointer."""

from __future__ import annotations

from typing import Any


class PatchFailed(ValueError):
    """The patch does not fit the value."""


def apply_patch(document: Any, op: str, path: str, value: Any) -> Any:
    """Return the document with one operation applied; containers are changed in place."""
    tokens = _tokens(path)
    if not tokens:
        return None if op == "remove" else value
    parent = document
    for token in tokens[:-1]:
        parent = _child(parent, token)
    _change(parent, tokens[-1], op, value)
    return document


def _tokens(path: str) -> list[str]:
    if path in ("", "/"):
        return []
    return [part.replace("~1", "/").replace("~0", "~") for part in path.lstrip("/").split("/")]


def _child(container: Any, token: str) -> Any:
    try:
        if isinstance(container, list):
            return container[int(token)]
        return container[token]
    except (KeyError, IndexError, ValueError, TypeError):
        raise PatchFailed(f"there is nothing at {token!r}") from None


def _change(container: Any, token: str, op: str, value: Any) -> None:
    try:
        if isinstance(container, list):
            _change_list(container, token, op, value)
        elif isinstance(container, dict):
            _change_dict(container, token, op, value)
        else:
            raise PatchFailed(f"{token!r} is inside a plain value")
    except (KeyError, IndexError, OverflowError, ValueError):
        raise PatchFailed(f"cannot {op} at {token!r}") from None


def _change_list(container: list[Any], place: str, op: str, value: Any) -> None:
    if op == "add":
        container.insert(len(container) if place == "-" else int(place), value)
    elif op == "replace":
        container[int(place)] = value
    elif op == "remove":
        del container[int(place)]
    else:
        raise PatchFailed(f"unknown operation {op!r}")


def _change_dict(container: dict[str, Any], token: str, op: str, value: Any) -> None:
    if op in ("add", "replace"):
        container[token] = value
    elif op == "remove":
        del container[token]
    else:
        raise PatchFailed(f"unknown operation {op!r}")
