"""The discovery document (`/.well-known/fakts`), protocol 2."""

from __future__ import annotations

from typing import TypedDict

from fakts_server.wire.token import GRANTS


class Discovery(TypedDict):
    """Where everything is, as absolute URLs on the caller's origin."""

    name: str
    description: str | None
    version: str
    protocol_version: str
    base_url: str
    issuer: str
    device_authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    configure: str
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]


def discovery(*, base: str, name: str, description: str, version: str, issuer: str) -> Discovery:
    """Build the document; `base` is the caller's origin with this service's prefix."""
    return {
        "name": name,
        "description": description or None,
        "version": version,
        "protocol_version": "2",
        "base_url": f"{base}/f/",
        "issuer": issuer,
        "device_authorization_endpoint": f"{base}/o/app-authorization/",
        "token_endpoint": f"{base}/o/token/",
        "revocation_endpoint": f"{base}/o/revoke/",
        "jwks_uri": f"{base}/o/jwks/",
        "configure": f"{base}/configure/{{code}}",
        "grant_types_supported": list(GRANTS),
        "token_endpoint_auth_methods_supported": ["none"],
    }
