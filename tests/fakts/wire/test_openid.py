"""Requests and metadata of OpenID Connect."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from fakts_server.wire.openid import AuthorizationQuery, LogoutQuery, provider_metadata

#: What OpenID Connect Discovery 1.0 and RFC 9207 name.
REQUIRED = {
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
}


def test_the_metadata_has_all_that_is_required():
    document = provider_metadata(base="https://x.example/f", scopes=["openid"], locales=["en"])
    assert set(document) >= REQUIRED
    assert document["grant_types_supported"][0] == "authorization_code"
    assert len(document["grant_types_supported"]) == len(set(document["grant_types_supported"]))
    assert all("http://" not in str(value) for value in document.values())


def test_unknown_parameters_are_ignored():
    query = AuthorizationQuery.model_validate({"client_id": "a", "display": "touch", "x": "1"})
    assert query.client_id == "a"
    assert query.state is None


@pytest.mark.parametrize(
    "fields", [{"state": "a\0b"}, {"nonce": "x" * 2001}, {"client_id": "x" * 256}]
)
def test_what_cannot_be_kept_is_refused(fields):
    with pytest.raises(ValidationError):
        AuthorizationQuery.model_validate(fields)


def test_a_log_out_needs_nothing():
    assert LogoutQuery.model_validate({}).post_logout_redirect_uri == ""
