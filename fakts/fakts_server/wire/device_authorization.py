"""The JSON request and answer of the device authorization endpoint (RFC 8628, extended)."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from pydantic import Field

from fakts_server.wire.manifest import ManifestBody, Text, WireModel

ClientKind = Literal["development", "website", "desktop", "mobile", "hub", "relying_party"]
ClientRole = Literal["interface", "agent"]


class DeviceAuthorizationBody(WireModel):
    """A device asks to be let in."""

    manifest: ManifestBody
    expiration_time_seconds: int = 300
    redirect_uris: list[Annotated[Text, Field(max_length=2000)]] = Field(
        default_factory=list, max_length=20
    )
    requested_client_kind: ClientKind = "development"
    requested_client_role: ClientRole = "interface"
    request_auth_key: bool = False


class DeviceAuthorizationAnswer(TypedDict):
    """What the device shows its person, and the secret it polls with."""

    status: str
    device_code: str
    user_code: str
    client_id: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int
    token_endpoint: str
