"""The commands that pages of the documentation tell people to type."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from sources import ROOT

_INLINE = re.compile(r"`(bauhof [^`]+)`")
_JOINTS = {"|", "&&", "||", ";", ">"}


def section(page: Path, heading: str) -> str:
    """Return what stands under a heading of a page."""
    _, found, rest = page.read_text(encoding="utf8").partition(f"\n## {heading}\n")
    if not found:
        raise ValueError(f"{page.name} has no part {heading!r}")
    return rest.partition("\n## ")[0]


def typed(text: str) -> list[str]:
    """Return the lines of the indented blocks, without the remarks beside them."""
    lines, inside, before = [], False, ""
    for line in text.splitlines():
        if line.startswith("    ") and (inside or not before.strip()):
            inside = True
            lines.append(re.sub(r"\s+# .*$", "", line.strip()))
        elif line.strip():
            inside = False
        before = line
    return [line for line in lines if line]


def calls(text: str) -> Iterator[list[str]]:
    """Yield the words of every call of `bauhof`, in blocks and within sentences."""
    for line in (*typed(text), *(found[1] for found in _INLINE.finditer(text))):
        try:
            words = shlex.split(line)
        except ValueError:  # a sentence, or half a command
            continue
        for part in _parts(words):
            if "bauhof" in (names := [Path(word).name for word in part]):
                yield part[names.index("bauhof") + 1 :]


def _parts(words: list[str]) -> Iterator[list[str]]:
    """Split a line at what joins commands."""
    part: list[str] = []
    for word in [*words, ";"]:
        if word in _JOINTS:
            yield part
            part = []
        else:
            part.append(word)


def paths(line: str) -> Iterator[Path]:
    """Yield the files of this project that a command names."""
    for word in shlex.split(line):
        if word.startswith(("examples/", "scripts/", "tests/", "docs/")):
            yield ROOT / word
