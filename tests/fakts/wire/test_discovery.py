"""The discovery document."""

from __future__ import annotations

from fakts_server.wire.discovery import discovery


def test_all_endpoints_are_absolute_and_on_the_base():
    document = discovery(
        base="http://h:1/fakts", name="n", description="", version="1", issuer="bauhof"
    )
    assert document["protocol_version"] == "2"
    for key in ("base_url", "token_endpoint", "device_authorization_endpoint", "jwks_uri"):
        assert document[key].startswith("http://h:1/fakts/")
    assert "{code}" in document["configure"]
    assert document["description"] is None
