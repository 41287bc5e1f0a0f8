"""The stop line: above it nothing new is taken in, so that what is there stays whole.

A database whose disk is full stops in the middle of its work. Before that, calls that write are
refused with an error that says so; those that free space, and work under way, go on.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from chassis.config import ServiceConfig, current

#: File in the folder of a service, a line per look.
NOTES = "disk.jsonl"
NOTE_SECONDS = 600
NOTES_KEPT = 7 * 24 * 6
#: A shorter time says nothing about days.
_LEAST_SPAN_SECONDS = 6 * 3600
_REMEMBER_SECONDS = 2.0
_last: tuple[float, bool] = (float("-inf"), False)
#: First words of the names of mutations that free space, or end what is under way.
_FREEING = ("delete", "remove", "purge", "empty", "discard", "revoke", "cancel", "stop", "finish")


def used_share(folder: Path) -> float:
    """Return which share of a folder's disk is used, as those see it who are not root."""
    found = os.statvfs(folder)
    used = found.f_blocks - found.f_bfree
    return used / max(1, used + found.f_bavail)


def note_use(folder: Path) -> None:
    """Add how full a folder's disk is to the notes in it; those of a week are kept."""
    place = folder / NOTES
    lines = place.read_text(encoding="utf8").splitlines() if place.exists() else []
    entry = json.dumps({"at": int(time.time()), "share": round(used_share(folder), 5)})
    draft = place.with_suffix(".draft")
    draft.write_text("\n".join([*lines[1 - NOTES_KEPT :], entry]) + "\n", encoding="utf8")
    draft.replace(place)


def read_notes(folder: Path) -> list[tuple[float, float]]:
    """Return the notes as (time, share), oldest first; half a line does not count."""
    found = []
    place = folder / NOTES
    for line in place.read_text(encoding="utf8").splitlines() if place.exists() else []:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            entry = json.loads(line)
            found.append((float(entry["at"]), float(entry["share"])))
    return found


def seconds_until(notes: Sequence[tuple[float, float]], line: float) -> float | None:
    """Return when the line is met if the disk goes on filling as noted; None if it does not."""
    if len(notes) < 2 or notes[-1][0] - notes[0][0] < _LEAST_SPAN_SECONDS:
        return None
    middle = sum(at for at, _ in notes) / len(notes)
    level = sum(share for _, share in notes) / len(notes)
    spread = sum((at - middle) ** 2 for at, _ in notes)
    slope = sum((at - middle) * (share - level) for at, share in notes) / spread
    if slope <= 0:
        return None
    return max(0.0, (line - notes[-1][1]) / slope)


def is_over_the_line() -> bool:
    """Tell whether the disk of this service is above its stop line; looked at every few seconds."""
    global _last  # noqa: PLW0603 - a cache of one entry
    moment, found = _last
    if time.monotonic() - moment > _REMEMBER_SECONDS:
        found = _look()
        _last = (time.monotonic(), found)
    return found


def frees(name: str) -> bool:
    """Tell whether a mutation makes room, by its name."""
    return name.startswith(_FREEING)


def _look() -> bool:
    config = current(ServiceConfig)
    try:
        return used_share(config.state_dir) >= config.limits.disk_stop_share
    except OSError:
        # A folder that is gone is told by what needs it.
        return False
