"""The verified actor of a request, as a plain value."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from chassis.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class Principal:
    """A person in an organization, acting through a client.

    `organization` is the identifier (a string) of the tenant everything is scoped by; `roles` are
    the roles of the person in it at the moment the token was made.
    """

    subject: str
    username: str
    organization: str
    organization_slug: str
    client: str
    roles: frozenset[str]
    scopes: frozenset[str]
    issuer: str
    expires_at: float
    hub: str | None = None
    app: str | None = None
    release: str | None = None
    device: str | None = None
    token_id: str | None = None
    #: How often the client had been removed or its person blocked when the token was made.
    generation: int = 0
    #: Profile claims that a service may mirror (name, email, picture ...).
    profile: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)


_PROFILE_CLAIMS = (
    "name",
    "given_name",
    "family_name",
    "nickname",
    "email",
    "email_verified",
    "picture",
    "locale",
    "zoneinfo",
)


def principal_from_claims(claims: Mapping[str, Any]) -> Principal:
    """Build the principal of verified claims; a claim of a wrong type is a bad token."""
    organization = _text(claims, "org")
    return Principal(
        subject=_text(claims, "sub"),
        username=_text(claims, "preferred_username"),
        organization=organization,
        organization_slug=str(claims.get("active_org") or organization),
        client=_text(claims, "client_id"),
        roles=_set_of(tuple(_texts(claims, "roles"))),
        scopes=_set_of(tuple(_text(claims, "scope", empty=True).split())),
        issuer=_text(claims, "iss"),
        expires_at=float(claims["exp"]),
        hub=_optional(claims, "hub"),
        app=_optional(claims, "client_app"),
        release=_optional(claims, "client_release"),
        device=_optional(claims, "client_device"),
        token_id=_optional(claims, "jti"),
        generation=_count(claims, "client_generation"),
        profile={key: claims[key] for key in _PROFILE_CLAIMS if claims.get(key) is not None},
    )


def _text(claims: Mapping[str, Any], key: str, *, empty: bool = False) -> str:
    value = claims.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not (value or empty):
        raise Unauthenticated(f"The access token has no usable claim {key!r}.")
    # Thousands of principals may be kept, and most of their words are the same.
    return sys.intern(value)


@lru_cache(maxsize=256)
def _set_of(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(words)


def _texts(claims: Mapping[str, Any], key: str) -> list[str]:
    value = claims.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Unauthenticated(f"The access token has no usable claim {key!r}.")
    return value


def _count(claims: Mapping[str, Any], key: str) -> int:
    value = claims.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unauthenticated(f"The access token has no usable claim {key!r}.")
    return value


def _optional(claims: Mapping[str, Any], key: str) -> str | None:
    value = claims.get(key)
    return None if value is None else sys.intern(str(value))
