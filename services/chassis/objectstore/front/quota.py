"""Holds each write grant to its `max_bytes`, which STS cannot.

The tally of a grant begins with what lies in its scope when it is first seen and lives in memory;
after a restart it is measured anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from chassis.objectstore.contract import GrantScope
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.tokens import Claims

_GRANTS = 10_000


class Tally:
    """Bytes written under each grant that has a limit."""

    def __init__(self, measure: Callable[[GrantScope], int]) -> None:
        self._measure = measure
        self._used: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def reserve(self, claims: Claims, size: int) -> None:
        """Count bytes that are about to be written; raise if the grant has not that much left."""
        scope = claims.scope
        if scope is None or scope.max_bytes is None:
            return
        if size > scope.max_bytes:
            raise Fault("EntityTooLarge", f"The grant allows {scope.max_bytes} bytes.")
        if claims.id not in self._used:
            self._begin(claims.id, self._measure(scope))
        with self._lock:
            used = self._used.get(claims.id, 0)
            if used + size > scope.max_bytes:
                raise Fault(
                    "QuotaExceeded",
                    f"The grant allows {scope.max_bytes} bytes, {used} are used, {size} came.",
                )
            self._used[claims.id] = used + size

    def release(self, claims: Claims, size: int) -> None:
        """Take back bytes that were not kept, or that were freed."""
        with self._lock:
            if claims.id in self._used:
                self._used[claims.id] = max(self._used[claims.id] - size, 0)

    def _begin(self, grant: str, used: int) -> None:
        with self._lock:
            self._used.setdefault(grant, used)
            while len(self._used) > _GRANTS:
                self._used.popitem(last=False)
