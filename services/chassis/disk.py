"""The stop line: above it nothing new is taken in, so that what is there stays whole.

A database whose disk is full stops in the middle of its work. Before that, calls that write are
refused with an error that says so; those that free space, and work under way, go on.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from chassis.config import ServiceConfig, current
from chassis.errors import PlatformError

_REMEMBER_SECONDS = 2.0
_last: tuple[float, bool] = (float("-inf"), False)
#: First words of the names of mutations that free space, or end what is under way.
_FREEING = ("delete", "remove", "purge", "empty", "discard", "revoke", "cancel", "stop", "finish")


class DiskFull(PlatformError):
    """The server's disk is nearly full: nothing new can be kept until somebody makes room."""

    code = "DISK_FULL"
    http_status = 507


def used_share(folder: Path) -> float:
    """Return which share of a folder's disk is used, as those see it who are not root."""
    found = os.statvfs(folder)
    used = found.f_blocks - found.f_bfree
    return used / max(1, used + found.f_bavail)


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
