"""How long to wait before a dead child is started again. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Backoff:
    """Doubling delays up to a limit; a child that stayed up long enough starts afresh."""

    first_seconds: float = 0.2
    most_seconds: float = 15.0
    #: A child that lived this long has recovered.
    forgive_seconds: float = 30.0
    failures: int = 0

    def after_exit(self, lived_seconds: float) -> float:
        """Note one exit and return the delay before the next start."""
        if lived_seconds >= self.forgive_seconds:
            self.failures = 0
        delay = min(self.most_seconds, self.first_seconds * 2.0**self.failures)
        self.failures = min(self.failures + 1, 32)
        return delay
