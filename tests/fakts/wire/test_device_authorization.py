"""The device authorization request."""

from __future__ import annotations

import pytest
from appside import start_body
from pydantic import ValidationError

from fakts_server.wire.device_authorization import DeviceAuthorizationBody


@pytest.mark.parametrize("kind", ["development", "website", "desktop", "mobile", "hub"])
def test_kinds_of_clients(kind):
    body = DeviceAuthorizationBody.model_validate({**start_body(), "requested_client_kind": kind})
    assert body.requested_client_kind == kind


@pytest.mark.parametrize(
    "changes",
    [
        {"manifest": None},
        {"manifest": "x"},
        {"requested_client_kind": "toaster"},
        {"requested_client_role": "boss"},
        {"expiration_time_seconds": "soon"},
        {"redirect_uris": "http://x"},
    ],
)
def test_what_cannot_be_read_is_refused(changes):
    with pytest.raises(ValidationError):
        DeviceAuthorizationBody.model_validate({**start_body(), **changes})


def test_a_bare_manifest_is_enough():
    body = DeviceAuthorizationBody.model_validate({"manifest": start_body()["manifest"]})
    assert (body.requested_client_kind, body.requested_client_role) == ("development", "interface")
