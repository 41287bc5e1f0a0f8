"""A refused quota says its numbers."""

from __future__ import annotations

from mikro_server.domain.errors import QuotaExceeded


def test_a_refused_quota_says_its_numbers():
    error = QuotaExceeded("your account", used=7, limit=9, wanted=3)
    assert (error.code, error.http_status) == ("QUOTA_EXCEEDED", 507)
    assert all(number in error.message for number in ("your account", "7", "9", "3"))
