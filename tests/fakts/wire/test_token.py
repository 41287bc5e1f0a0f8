"""Forms of the token endpoint."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from fakts_server.wire.token import DeviceCodeForm, RefreshForm


def test_a_static_credential_needs_no_client_id():
    assert RefreshForm.model_validate({"refresh_token": "x"}).client_id is None


@pytest.mark.parametrize(
    "fields", [{}, {"device_code": "x"}, {"device_code": "", "client_id": "y"}]
)
def test_a_poll_needs_code_and_client(fields):
    with pytest.raises(ValidationError):
        DeviceCodeForm.model_validate(fields)
