"""Counting attempts: a leaky bucket as a pure function."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """At most `burst` attempts at once, refilled evenly over `seconds`."""

    burst: int
    seconds: float


@dataclass(frozen=True)
class Bucket:
    """How full a bucket was, and when."""

    level: float = 0.0
    at: float = 0.0


def pour(bucket: Bucket, limit: Limit, now: float) -> tuple[Bucket, bool]:
    """Count one attempt; return the bucket after it and whether the attempt is within the limit."""
    leaked = max(0.0, now - bucket.at) * limit.burst / limit.seconds
    level = max(0.0, bucket.level - leaked)
    if level + 1 > limit.burst:
        return Bucket(level, now), False
    return Bucket(level + 1, now), True
