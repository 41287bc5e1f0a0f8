"""Order of versions as people write them: numbers by value, a pre-release before its release."""

from __future__ import annotations

import re
from functools import total_ordering

_PART = re.compile(r"\d+|[A-Za-z]+")


@total_ordering
class Version:
    """A version that can be compared with any other text people call a version."""

    def __init__(self, text: str) -> None:
        self.text = text
        core, _, _ = text.removeprefix("v").partition("+")
        core, _, suffix = core.partition("-")
        numbers = tuple(int(part) for part in re.findall(r"\d+", core))
        while numbers and numbers[-1] == 0:
            numbers = numbers[:-1]
        letters = tuple(re.findall(r"[A-Za-z]+", core))
        pre = (*letters, *_PART.findall(suffix))
        #: A version without a suffix comes after all that have one.
        self._key = (numbers, not pre, tuple(_comparable(part) for part in pre))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key == other._key

    def __lt__(self, other: Version) -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash(self._key)


def _comparable(part: str) -> tuple[int, int, str]:
    return (0, int(part), "") if part.isdigit() else (1, 0, part.lower())


def is_newer(candidate: str, present: str) -> bool:
    """Tell whether a version is an update of another."""
    return Version(candidate) > Version(present)
