"""OpenID Connect: the provider's metadata, requests of web apps, and what is told of a person."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from pydantic import Field

from fakts_server.wire.manifest import Text, WireModel
from fakts_server.wire.token import AUTHORIZATION_CODE_GRANT, GRANTS

Short = Annotated[Text, Field(max_length=255)]
Long = Annotated[Text, Field(max_length=2000)]

CLAIMS = [
    *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "azp"),
    *("preferred_username", "name", "given_name", "family_name", "email", "email_verified"),
    *("org", "org_slug", "org_name", "roles"),
]


class AuthorizationQuery(WireModel):
    """A request at the authorization endpoint; what is unknown is ignored, as the protocol says."""

    response_type: Short = ""
    response_mode: Short = ""
    client_id: Short = ""
    redirect_uri: Long = ""
    scope: Long = ""
    state: Long | None = None
    nonce: Long = ""
    prompt: Short = ""
    max_age: Short = ""
    login_hint: Short = ""
    id_token_hint: Annotated[str, Field(max_length=16_384)] = ""
    code_challenge: Short = ""
    code_challenge_method: Short = ""
    #: Ours: the slug of the organization the tokens are to be for.
    organization: Short = ""
    request: str | None = None
    request_uri: str | None = None
    registration: str | None = None


class LogoutQuery(WireModel):
    """A request at the end-session endpoint (RP-initiated logout 1.0)."""

    id_token_hint: Annotated[str, Field(max_length=16_384)] = ""
    client_id: Short = ""
    post_logout_redirect_uri: Long = ""
    state: Long | None = None


class ProviderMetadata(TypedDict):
    """`/.well-known/openid-configuration`."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    end_session_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    code_challenge_methods_supported: list[str]
    prompt_values_supported: list[str]
    claim_types_supported: list[str]
    claims_supported: list[str]
    claims_parameter_supported: bool
    request_parameter_supported: bool
    request_uri_parameter_supported: bool
    authorization_response_iss_parameter_supported: bool
    ui_locales_supported: list[str]


class OrganizationAnswer(TypedDict):
    """An organization the person may switch to."""

    id: str
    slug: str
    name: str


class UserInfo(TypedDict):
    """What the userinfo endpoint tells; only `sub` is always there."""

    sub: str
    preferred_username: NotRequired[str]
    name: NotRequired[str]
    given_name: NotRequired[str]
    family_name: NotRequired[str]
    email: NotRequired[str]
    email_verified: NotRequired[bool]
    org: NotRequired[str]
    org_slug: NotRequired[str]
    org_name: NotRequired[str]
    roles: NotRequired[list[str]]
    organizations: NotRequired[list[OrganizationAnswer]]


def provider_metadata(*, base: str, scopes: list[str], locales: list[str]) -> ProviderMetadata:
    """Build the metadata; `base` is the caller's origin with this service's prefix."""
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/o/authorize/",
        "token_endpoint": f"{base}/o/token/",
        "userinfo_endpoint": f"{base}/o/userinfo/",
        "end_session_endpoint": f"{base}/o/logout/",
        "revocation_endpoint": f"{base}/o/revoke/",
        "jwks_uri": f"{base}/o/jwks/",
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            AUTHORIZATION_CODE_GRANT,
            *(g for g in GRANTS if g != AUTHORIZATION_CODE_GRANT),
        ],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": [
            "none",
            "client_secret_basic",
            "client_secret_post",
        ],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claim_types_supported": ["normal"],
        "claims_supported": CLAIMS,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": locales,
    }
