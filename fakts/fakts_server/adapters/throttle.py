"""Counters of attempts.

Floods are counted in memory: a restart or a second process merely doubles a generous limit, and
counting must not cost a statement. Guesses of people's passwords and codes are counted in the
database, so that neither a restart nor many processes give a guesser more tries.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from datetime import timedelta
from threading import Lock

from django.db import connection

from chassis import clock
from fakts_server.domain.throttle import Bucket, Limit, pour
from fakts_server.models.credential import FailureCount

_MOST_BUCKETS = 10_000


class MemoryThrottle:
    """Leaky buckets of this process; the least recently used one gives way."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._lock = Lock()

    def allow(self, subject: str, limit: Limit) -> bool:
        """Count an attempt and tell whether it is within the limit."""
        with self._lock:
            bucket, allowed = pour(self._buckets.get(subject, Bucket()), limit, time.monotonic())
            self._buckets[subject] = bucket
            self._buckets.move_to_end(subject)
            while len(self._buckets) > _MOST_BUCKETS:
                self._buckets.popitem(last=False)
            return allowed

    def is_full(self, subject: str, limit: Limit) -> bool:
        """Tell whether one more attempt would be beyond the limit, without counting it."""
        with self._lock:
            bucket = self._buckets.get(subject, Bucket())
            return not pour(bucket, limit, time.monotonic())[1]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._buckets.clear()


floods = MemoryThrottle()


def failures(kind: str, subject: str, window: timedelta) -> int:
    """Return how many failures a subject has in its present window."""
    row = FailureCount.objects.filter(
        subject=_key(kind, subject), window_started_at__gt=clock.now() - window
    ).first()
    return row.count if row else 0


def record_failure(kind: str, subject: str, window: timedelta) -> int:
    """Count a failure; return how many the window has now."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [_key(kind, subject), now, now - window, now - window, now])
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def forgive(kind: str, subject: str) -> None:
    """Forget a subject's failures after a success."""
    FailureCount.objects.filter(subject=_key(kind, subject)).delete()


_UPSERT = """
    INSERT INTO fakts_failure_count AS old (subject, count, window_started_at)
    VALUES (%s, 1, %s)
    ON CONFLICT (subject) DO UPDATE SET
        count = CASE WHEN old.window_started_at <= %s THEN 1 ELSE old.count + 1 END,
        window_started_at =
            CASE WHEN old.window_started_at <= %s THEN %s ELSE old.window_started_at END
    RETURNING count
"""


def _key(kind: str, subject: str) -> str:
    # Hashed, so that the table holds neither names nor addresses.
    return f"{kind}:{hashlib.sha256(subject.encode('utf8', 'surrogatepass')).hexdigest()}"
