"""Metrics that nobody counts: somebody else knows them and is asked, but not too often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence

from prometheus_client import Metric
from prometheus_client.registry import Collector

#: Several watchers cost no more than one.
REMEMBER_SECONDS = 5.0
#: Longest wait for an answer; a part that is slower counts as away.
PATIENCE_SECONDS = 2


class LookedUp(Collector):
    """Looks when it is asked, and again only after some seconds; a look never raises."""

    def __init__(self, look: Callable[[], Sequence[Metric]]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._kept: tuple[float, Sequence[Metric]] = (float("-inf"), ())

    def describe(self) -> Iterable[Metric]:
        """Say nothing beforehand: being registered is no reason to look."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return what was found now or a moment ago."""
        with self._lock:
            moment, found = self._kept
            if time.monotonic() - moment > REMEMBER_SECONDS:
                found = self._look()
                self._kept = (time.monotonic(), found)
        return found
