"""Errors of the imaging service beyond those every service has."""

from __future__ import annotations

from chassis.errors import PlatformError


class QuotaExceeded(PlatformError):
    """There is no room left for this data."""

    code = "QUOTA_EXCEEDED"
    http_status = 507

    def __init__(self, whose: str, *, used: int, limit: int, wanted: int) -> None:
        super().__init__(
            f"The quota of {whose} is {limit} bytes; {used} are in use, {wanted} more are wanted."
        )
        self.used = used
        self.limit = limit
        self.wanted = wanted
