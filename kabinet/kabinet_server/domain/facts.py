"""What a resource says about its hardware: qualifiers, read into numbers, versions and words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_ARCH = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"}
_VERSION = re.compile(r"\d+(\.\d+)*")
#: Keys of accelerators: what selectors of a kind count.
ACCELERATORS = ("cuda", "rocm", "oneapi")


def arch(value: str) -> str:
    """Return the one name of an architecture: docker's."""
    name = value.strip().lower().removeprefix("linux/").removesuffix("/v8")
    return _ARCH.get(name, name)


def version(value: str) -> tuple[int, ...] | None:
    """Read a dotted version; trailing zeros say nothing. None if it cannot be read."""
    text = value.strip()
    if not _VERSION.fullmatch(text) or not text.isascii():
        return None
    parts = [int(part) for part in text.split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def number(value: str) -> float | None:
    """Read a number that is not negative; None if it cannot be read."""
    try:
        found = float(value)
    except ValueError:
        return None
    return found if 0 <= found < float("inf") else None


@dataclass(frozen=True, slots=True)
class Facts:
    """The qualifiers of one resource."""

    values: Mapping[str, str]

    def text(self, key: str) -> str | None:
        """Return a qualifier as it was declared."""
        return self.values.get(key)

    def devices(self, kind: str) -> int:
        """Return how many accelerators of a kind there are."""
        declared = self.values.get(f"{kind}.count")
        if declared is not None:
            return int(number(declared) or 0)
        # Deployers of old say only this, and mean NVIDIA.
        legacy = kind == "cuda" and self.values.get("gpu", "").strip().lower() == "true"
        return 1 if legacy else 0


def facts_of(qualifiers: Iterable[Mapping[str, Any]] | None) -> Facts:
    """Read qualifiers as they are stored, a list of keys and values; the last of a key counts."""
    return Facts({str(one["key"]): str(one["value"]) for one in qualifiers or ()})
