"""For whom the tokens of tasks are made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def audience_of(declared: Sequence[str] | None, identifiers: Iterable[str]) -> tuple[str, ...]:
    """Return for whom tokens are: as declared, or the packages of the structures in the ports."""
    if declared is not None:
        return tuple(declared)
    packages = {text.removeprefix("@").partition("/")[0] for text in identifiers}
    return tuple(sorted(packages - {""}))
