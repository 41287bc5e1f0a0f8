"""Makes access tokens as fakts would, from a key of the test run."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from chassis.identity.principal import Principal, principal_from_claims
from chassis.ids import new_id
from chassis.secretfile import ensure_secret

KEY_ID = "test-key"


def _new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@dataclass(frozen=True)
class Member:
    """A person in an organization, with a token that says so."""

    principal: Principal
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request made by this person."""
        return {"Authorization": f"Bearer {self.token}"}


class TokenMint:
    """Signs tokens; its public key set lies in `jwks_file`."""

    def __init__(self, folder: Path, *, issuer: str = "bauhof", audience: str = "") -> None:
        self.issuer = issuer
        self.audience = audience
        pem = ensure_secret(folder / "mint.pem", _new_key)
        # Read once: checking an RSA key takes far longer than signing with it.
        key = serialization.load_pem_private_key(pem.encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self._key = key
        self.jwks_file = folder / "mint.jwks.json"
        if not self.jwks_file.exists():
            entry = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
            entry |= {"kid": KEY_ID, "alg": "RS256", "use": "sig"}
            self.jwks_file.write_text(json.dumps({"keys": [entry]}), encoding="utf8")

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return a full set of claims; a change to None takes the claim out."""
        moment = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": "1",
            "aud": [self.audience],
            "exp": moment + 3600,
            "iat": moment,
            "jti": new_id(),
            "client_id": "test-client",
            "preferred_username": "ada",
            "roles": ["admin"],
            "scope": "openid",
            "org": "1",
            "active_org": "first",
            "client_app": "org.example.test",
            "client_release": "0.1.0",
            "client_device": "device",
        }
        claims.update(changes)
        return {key: value for key, value in claims.items() if value is not None}

    def sign(self, claims: dict[str, Any], *, key_id: str | None = KEY_ID) -> str:
        """Sign any claims, good or bad."""
        headers = {"kid": key_id} if key_id is not None else None
        return jwt.encode(claims, self._key, algorithm="RS256", headers=headers)

    def member(self, **changes: Any) -> Member:
        """Return a member with the standard claims and some changes."""
        claims = self.claims(**changes)
        return Member(principal=principal_from_claims(claims), token=self.sign(claims))
