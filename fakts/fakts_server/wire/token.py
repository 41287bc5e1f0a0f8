"""The forms of the token endpoint and the envelope it answers with."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from pydantic import Field

from fakts_server.wire.device_authorization import ClientKind, ClientRole
from fakts_server.wire.manifest import ManifestBody, WireModel

DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
REFRESH_GRANT = "refresh_token"
MANDATE_KEY_GRANT = "urn:fakts:grant-type:mandate-key"
AUTHORIZATION_CODE_GRANT = "authorization_code"
GRANTS = (DEVICE_CODE_GRANT, REFRESH_GRANT, MANDATE_KEY_GRANT, AUTHORIZATION_CODE_GRANT)

Secret = Annotated[str, Field(min_length=1, max_length=1000)]


class DeviceCodeForm(WireModel):
    """A poll."""

    device_code: Secret
    client_id: Secret


class RefreshForm(WireModel):
    """A renewal; a static credential may leave the client id out."""

    refresh_token: Secret
    client_id: Secret | None = None
    client_secret: Secret | None = None


class AuthorizationCodeForm(WireModel):
    """What a web app exchanges for tokens after a person came back to it."""

    code: Secret
    redirect_uri: Annotated[str, Field(min_length=1, max_length=2000)]
    client_id: Secret
    client_secret: Secret | None = None
    code_verifier: Secret


class MandateKeyForm(WireModel):
    """A headless login."""

    key: Secret
    manifest: ManifestBody
    requested_client_kind: ClientKind = "development"
    requested_client_role: ClientRole = "interface"
    request_auth_key: bool = False


class RevocationForm(WireModel):
    """A logout (RFC 7009)."""

    token: Annotated[str, Field(max_length=10_000)] = ""
    token_type_hint: str | None = None
    client_id: str | None = None


class AliasAnswer(TypedDict):
    """One address of an instance."""

    id: str
    host: str
    port: int | None
    ssl: bool
    path: str | None
    challenge: str
    public: bool
    kind: str
    reach: str | None


class ChallengeKeyAnswer(TypedDict):
    """The key an instance signs its health challenge with."""

    kind: str
    key: str


class TlsAnswer(TypedDict):
    """Certificates that are the only ones trusted for an instance."""

    certificates: list[str]


class InstanceAnswer(TypedDict):
    """One granted instance."""

    service: str
    identifier: str
    aliases: list[AliasAnswer]
    challenge_key: ChallengeKeyAnswer | None
    tls: TlsAnswer | None


class SelfAnswer(TypedDict):
    """This service, as the client reaches it."""

    deployment_name: str
    alias: AliasAnswer
    sub: str
    organization: str
    hub: str


class Envelope(TypedDict):
    """The whole answer of the token endpoint."""

    access_token: str
    refresh_token: NotRequired[str]
    id_token: NotRequired[str]
    token_type: str
    expires_in: int
    scope: str
    client_id: str
    self: SelfAnswer
    instances: dict[str, InstanceAnswer]
    statuses: dict[str, str]
    #: Not part of the clients' protocol; they read past it.
    values: dict[str, object]
