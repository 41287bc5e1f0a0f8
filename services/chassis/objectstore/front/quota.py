"""Holds each write grant to its `max_bytes`, which STS cannot.

The tally of a grant begins with what lies in its scope when it is first seen and lives in memory;
after a restart it is measured anew. A backend that cannot tell what was freed makes the tally
doubtful; then it is measured again before a write is refused.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from chassis.objectstore.contract import GrantScope
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.tokens import Claims

_GRANTS = 10_000


@dataclass(slots=True)
class _Count:
    used: int
    #: Bytes of writes under way; they are part of `used`.
    flying: int = 0
    #: Bytes counted since measuring began.
    grown: int = 0
    #: Something was freed, and the backend could not tell how much.
    doubtful: bool = False


class Tally:
    """Bytes written under each grant that has a limit; never less than there are."""

    def __init__(self, measure: Callable[[GrantScope], int]) -> None:
        self._measure = measure
        self._counts: OrderedDict[str, _Count] = OrderedDict()
        self._lock = threading.Lock()
        self._measuring = threading.Lock()

    def reserve(self, claims: Claims, size: int) -> None:
        """Count bytes that are about to be written; raise if the grant has not that much left."""
        scope = claims.scope
        if scope is None or scope.max_bytes is None:
            return
        if size > scope.max_bytes:
            raise Fault("EntityTooLarge", f"The grant allows {scope.max_bytes} bytes.")
        if claims.id not in self._counts:
            self._begin(claims.id, self._measure(scope))
        if self._taken(claims.id, size, scope.max_bytes):
            return
        with self._measuring:
            self._measure_again(claims.id, scope)
            if not self._taken(claims.id, size, scope.max_bytes):
                used = self._counts[claims.id].used if claims.id in self._counts else 0
                raise Fault(
                    "QuotaExceeded",
                    f"The grant allows {scope.max_bytes} bytes, {used} are used, {size} came.",
                )

    def settle(self, claims: Claims, size: int) -> None:
        """Bytes that were reserved are written, or never will be."""
        with self._lock:
            count = self._counts.get(claims.id)
            if count is not None:
                count.flying = max(count.flying - size, 0)

    def release(self, claims: Claims, size: int | None) -> None:
        """Take back bytes that were not kept, or that were freed; None if nobody knows how many."""
        with self._lock:
            count = self._counts.get(claims.id)
            if count is not None and size is None:
                count.doubtful = True
            elif count is not None and size is not None:
                count.used = max(count.used - size, 0)

    def _taken(self, grant: str, size: int, limit: int) -> bool:
        with self._lock:
            count = self._counts.setdefault(grant, _Count(0))
            if count.used + size > limit:
                return False
            count.used += size
            count.flying += size
            count.grown += size
            return True

    def _begin(self, grant: str, used: int) -> None:
        with self._lock:
            self._counts.setdefault(grant, _Count(used))
            while len(self._counts) > _GRANTS:
                self._counts.popitem(last=False)

    def _measure_again(self, grant: str, scope: GrantScope) -> None:
        """Measure if something was freed that could not be counted."""
        with self._lock:
            count = self._counts.setdefault(grant, _Count(0))
            if not count.doubtful:
                return
            count.doubtful, count.grown, flying = False, 0, count.flying
        lies_there = self._measure(scope)
        with self._lock:
            # What was under way may have been measured too: rather too much than too little.
            count.used = lies_there + flying + count.grown
            count.doubtful = count.doubtful or flying > 0
