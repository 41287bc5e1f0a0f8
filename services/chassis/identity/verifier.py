"""Offline verification of access tokens against the issuer's published keys."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from typing import Any

import jwt

from chassis.config import ServiceConfig, TokensConfig, current
from chassis.errors import Unauthenticated
from chassis.identity.keys import KeyRing, KeySource
from chassis.identity.principal import Principal, principal_from_claims
from chassis.identity.revocations import RevocationList, RevocationSource, revocations_at

#: Symmetric algorithms and `none` are refused: a verifier must not be able to sign.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_LONGEST_TOKEN = 16 * 1024


class TokenVerifier:
    """Turns an access token into a `Principal`, or raises `Unauthenticated`.

    A token that was verified once is remembered by its digest until it expires, or until its key
    leaves the issuer's key set; so the usual request costs a hash and a look-up.
    """

    def __init__(
        self,
        config: TokensConfig,
        *,
        audience: str = "",
        keys: KeySource | None = None,
        revocations: RevocationSource | None = None,
    ) -> None:
        self._config = config
        self._audience = config.audience or audience
        self._ring = KeyRing(config, keys)
        if revocations is None and config.revocations_url is not None:
            revocations = revocations_at(config.revocations_url)
        self._revoked = (
            RevocationList(revocations, config.revocations_seconds) if revocations else None
        )
        self._known: OrderedDict[bytes, tuple[Principal, str]] = OrderedDict()

    async def verify(self, token: str) -> Principal:
        """Return the principal of a valid token for this service."""
        principal = await self._verify_once(token)
        if not await self.may_stay(principal):
            raise Unauthenticated("This client was removed or blocked; log in again.")
        return principal

    async def may_stay(self, principal: Principal) -> bool:
        """Tell whether one who was let in may go on: its client was not removed or blocked."""
        return self._revoked is None or await self._revoked.check(principal)

    async def _verify_once(self, token: str) -> Principal:
        if len(token) > _LONGEST_TOKEN or not token.isascii():
            raise Unauthenticated("The access token is not a signed token.")
        digest = hashlib.sha256(token.encode("ascii")).digest()
        known = self._known.pop(digest, None)
        if known is not None:
            principal, key_id = known
            # The clock is read on every use: a remembered token still ends on time.
            if principal.expires_at + self._config.leeway_seconds <= time.time():
                raise Unauthenticated("The access token has expired.")
            if self._ring.holds(key_id):
                self._known[digest] = known  # put back as the one used last
                return principal
        principal, key_id = await self._verify(token)
        self._known[digest] = (principal, key_id)
        while len(self._known) > self._config.cached_tokens:
            self._known.popitem(last=False)
        return principal

    async def _verify(self, token: str) -> tuple[Principal, str]:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise Unauthenticated("The access token is not a signed token.") from None
        key_id, algorithm = header.get("kid"), header.get("alg")
        if not isinstance(key_id, str) or algorithm not in ALGORITHMS:
            raise Unauthenticated("The access token names no key or an algorithm not allowed here.")
        key = await self._ring.get(key_id)
        if key is None:
            raise Unauthenticated("The access token was signed with a key that is not known.")
        if key.algorithm_name != algorithm:
            raise Unauthenticated("The access token's algorithm is not the one of its key.")
        return principal_from_claims(self._claims(token, key, algorithm)), key_id

    def _claims(self, token: str, key: jwt.PyJWK, algorithm: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                key=key,
                algorithms=[algorithm],
                audience=self._audience,
                issuer=self._config.issuer,
                leeway=self._config.leeway_seconds,
                options={"require": ["exp", "iat", "iss", "aud", "sub"], "verify_sub": False},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("The access token has expired.") from None
        except jwt.InvalidAudienceError:
            raise Unauthenticated("The access token is for another service.") from None
        except jwt.PyJWTError:
            raise Unauthenticated("The access token is not valid.") from None


_verifier: TokenVerifier | None = None


def get_verifier() -> TokenVerifier:
    """Return the verifier of this process, made from the configuration at first use."""
    if _verifier is None:
        config = current(ServiceConfig)
        set_verifier(TokenVerifier(config.tokens, audience=config.audience))
    assert _verifier is not None
    return _verifier


def set_verifier(verifier: TokenVerifier | None) -> None:
    """Replace the process-wide verifier (fakts gives its own keys; tests start afresh)."""
    global _verifier  # noqa: PLW0603 - one verifier per process is the point
    _verifier = verifier
