"""OAuth errors are what clients switch on."""

from __future__ import annotations

import pytest

from fakts_server.domain import errors


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        (errors.InvalidRequest, "invalid_request", 400),
        (errors.InvalidClient, "invalid_client", 401),
        (errors.InvalidGrant, "invalid_grant", 400),
        (errors.AuthorizationPending, "authorization_pending", 400),
        (errors.SlowDown, "slow_down", 400),
        (errors.AccessDenied, "access_denied", 400),
        (errors.ExpiredToken, "expired_token", 400),
        (errors.UnsupportedGrantType, "unsupported_grant_type", 400),
        (errors.TooManyStarts, "slow_down", 429),
    ],
)
def test_codes_and_statuses(kind, code, status):
    body = kind().as_dict()
    assert body["error"] == code
    assert body["error_description"]
    assert kind.http_status == status
